"""How far confidences can be trusted: the reliability diagram and its one number.

Shapes: N predictions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray

BINS = 10
DRAWS = 100
SEED = 0


@dataclass(frozen=True, slots=True)
class ConfidenceBin:
    """The predictions whose confidence lies in one interval.

    Attributes:
        low: lower end of the interval, in it.
        high: upper end, not in it but for 1.
        count: predictions.
        confidence: their mean confidence; 0 without predictions.
        accuracy: share of them that is right; 0 without predictions.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(
    confidences_N: FloatArray, right_N: npt.NDArray[np.bool_], bins: int = BINS
) -> list[ConfidenceBin]:
    """Sort predictions into equally wide intervals of confidence.

    Args:
        confidences_N: in [0, 1].
        right_N: whether each prediction is right.
        bins: number of intervals.
    """
    bin_N = np.minimum((confidences_N.astype(np.float64) * bins).astype(np.int64), bins - 1)
    count_B = np.bincount(bin_N, minlength=bins)
    divisor_B = np.maximum(count_B, 1)
    confidence_B = np.bincount(bin_N, confidences_N, bins) / divisor_B
    accuracy_B = np.bincount(bin_N, right_N, bins) / divisor_B
    return [
        ConfidenceBin(b / bins, (b + 1) / bins, int(count), float(confidence), float(accuracy))
        for b, (count, confidence, accuracy) in enumerate(
            zip(count_B, confidence_B, accuracy_B, strict=True)
        )
    ]


def expected_calibration_error(bins: list[ConfidenceBin]) -> float:
    """Mean distance of confidence from accuracy, bins weighted by their predictions (ECE)."""
    total = sum(one.count for one in bins)
    distances = (one.count * abs(one.confidence - one.accuracy) for one in bins)
    return sum(distances) / total if total else 0.0


def error_by_chance(confidences_N: FloatArray) -> float:
    """The error that predictions with these confidences would show if every one were true.

    Few predictions in a bin are hardly ever right in exactly their share: of 300, perfect
    confidences may show an error of 0.06. An error measured below this tells nothing but noise.

    Args:
        confidences_N: in [0, 1].

    Returns:
        Mean of the expected calibration error over draws of what is right; 0 without predictions.
    """
    rng = np.random.default_rng(SEED)
    errors = [
        expected_calibration_error(
            reliability(confidences_N, rng.random(len(confidences_N)) < confidences_N)
        )
        for _ in range(DRAWS)
    ]
    return float(np.mean(errors))
