"""From what a network says to the confidence that is reported: how often such readings are right.

Shapes: N characters, C classes.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from model.characters import FloatArray

CARD = "calibration"  # its place in a model's card
SURE = 1e-6  # a probability is never nearer to 0 or 1: its logit stays below 14


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a reader's probabilities become confidences; the defaults are those of a new model.

    confidence = sigmoid(presence_weight logit(presence) + class_weight logit(best class) + bias)

    Attributes:
        temperature: class log-probabilities are divided by it (Guo et al. 2017).
        presence_weight: of the probability that there is a character.
        class_weight: of the probability of the best class, at this temperature.
        bias: added.
        threshold: confidence of the best F1, to filter by: a reader reports what is less sure too,
            since a text with gaps reads worse than one with a doubtful character.
        strict_threshold: confidence from which at least 98 % are right; None if no confidence
            is so high.

    Raises:
        ValueError: if a value is out of its range.
    """

    temperature: float
    presence_weight: float
    class_weight: float
    bias: float
    threshold: float
    strict_threshold: float | None = None

    def __post_init__(self) -> None:
        numbers = [value for value in asdict(self).values() if value is not None]
        if not all(isinstance(n, int | float) and math.isfinite(n) for n in numbers):
            raise ValueError(f"a calibration consists of finite numbers, got {self}")
        if min(self.temperature, self.presence_weight, self.class_weight) <= 0:
            raise ValueError(f"temperature and weights must be positive, got {self}")
        thresholds = [self.threshold, self.strict_threshold or 0.0]
        if not all(0 <= threshold <= 1 for threshold in thresholds):
            raise ValueError(f"thresholds must lie in [0, 1], got {thresholds}")

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Self | None:
        """Read the calibration of a model's card; None if it was never calibrated.

        Raises:
            ValueError: if it is damaged.
        """
        values = card.get(CARD)
        if values is None:
            return None
        names = [field.name for field in fields(cls)]
        try:
            return cls(**{name: values[name] for name in names})
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"the card's calibration must have {', '.join(names)}; calibrate the model again"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """Return the calibration as plain JSON values."""
        return asdict(self)

    def class_probabilities(self, probabilities_NC: Tensor) -> Tensor:
        """Bring a network's class probabilities to the temperature; the best stays the best."""
        return (probabilities_NC.log() / self.temperature).softmax(1)

    def confidence(self, presence_N: FloatArray, best_N: FloatArray) -> FloatArray:
        """Compute confidences.

        Args:
            presence_N: probability that there is a character, as the network says it.
            best_N: probability of the best class, at the temperature.
        """
        weighed_N = (
            self.presence_weight * logit(presence_N) + self.class_weight * logit(best_N) + self.bias
        )
        confidence_N: FloatArray = (1 / (1 + np.exp(-weighed_N))).astype(np.float32)
        return confidence_N


def logit(probability_N: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return log(p / (1 - p)), bounded."""
    clipped_N = np.clip(probability_N.astype(np.float64), SURE, 1 - SURE)
    logit_N: npt.NDArray[np.float64] = np.log(clipped_N) - np.log1p(-clipped_N)
    return logit_N
