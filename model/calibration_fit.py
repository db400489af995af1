"""Fits a calibration, and measures it on books that it was not fitted on.

Shapes: N detections, F features, G groups.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.calibration import Calibration, logit
from model.calibration_evidence import TEMPERATURES, Booleans, JudgedDetections
from model.characters import FloatArray
from model.reliability import ConfidenceBin, expected_calibration_error, reliability

FOLDS = 5
FEWEST_GROUPS = 2  # one to fit, one to measure
FEWEST = 100  # detections, right ones and others together; 4 parameters are fitted to them
STRICT_PRECISION = 0.98
ITERATIONS = 30  # Newton's method needs about 6

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FittedCalibration:
    """A calibration with what was measured.

    Attributes:
        calibration: fitted on all pages; its thresholds are those of the measurement.
        confidence_N: of each detection, by a calibration that was fitted on other books.
        uncalibrated_N: presence times probability of the best class.
        f1: of the detections at or above the threshold.
        precision: likewise.
        strict_recall: share of the true characters that is found and read right at or above the
            strict threshold; 0 without one.
    """

    calibration: Calibration
    confidence_N: FloatArray
    uncalibrated_N: FloatArray
    f1: float
    precision: float
    strict_recall: float

    def above_threshold(self, judged: JudgedDetections) -> list[ConfidenceBin]:
        """Reliability of the confidences at or above the threshold of the best F1."""
        kept_N = self.confidence_N >= self.calibration.threshold
        return reliability(self.confidence_N[kept_N], judged.right_N[kept_N])


def fit_calibration(judged: JudgedDetections) -> FittedCalibration:
    """Fit temperature and weights, and choose thresholds on confidences of books left out.

    The groups are dealt into at most five folds; what is measured of a fold was fitted on the
    others. Thus figures and thresholds are those of a book that the calibration does not know.

    Args:
        judged: detections of at least two groups.

    Raises:
        ValueError: if there are too few, or the labels do not fit the reader.
    """
    groups = len(judged.truths_G)
    right = int(judged.right_N.sum())
    if groups < FEWEST_GROUPS or len(judged) < FEWEST or right in (0, len(judged)):
        raise ValueError(
            f"a calibration needs at least {FEWEST} detections, right ones and wrong ones, on two "
            f"pages or more, got {len(judged)} on {groups}, {right} of them right; label more pages"
        )
    confidence_N = np.zeros(len(judged), np.float32)
    for fold in range(min(FOLDS, groups)):
        left_out_G = np.arange(groups) % FOLDS == fold
        left_out_N = left_out_G[judged.group_N]
        fitted = fit_weights(judged.where(~left_out_G))
        confidence_N[left_out_N] = confidence_of(fitted, judged)[left_out_N]
    truths = int(judged.truths_G.sum())
    ranking = _Ranking.of(confidence_N, judged.right_N, truths)
    calibration = replace(
        fit_weights(judged), threshold=ranking.best(), strict_threshold=ranking.strict()
    )
    strict = calibration.strict_threshold
    return FittedCalibration(
        calibration,
        confidence_N,
        judged.presence_N * np.exp(judged.best_NT[:, _nearest(1.0)]),
        ranking.f1(calibration.threshold),
        ranking.precision(calibration.threshold),
        ranking.recall(strict) if strict is not None else 0.0,
    )


def fit_weights(judged: JudgedDetections) -> Calibration:
    """Choose the temperature by the likelihood of the true classes, the weights by that of right.

    The threshold is left at 0.

    Raises:
        ValueError: if the more probable readings are right less often.
    """
    known_N = np.isfinite(judged.truth_NT[:, 0])
    likelihood_T = judged.truth_NT[known_N].sum(0, dtype=np.float64)
    best = int(likelihood_T.argmax()) if known_N.any() else _nearest(1.0)
    presence, named, bias = fit_logistic(_features(judged, best), judged.right_N).tolist()
    return Calibration(float(TEMPERATURES[best]), presence, named, bias, threshold=0.0)


def error_of(confidence_N: FloatArray, right_N: Booleans) -> float:
    """Expected calibration error in bins of equal width."""
    return expected_calibration_error(reliability(confidence_N, right_N))


def _features(judged: JudgedDetections, temperature: int) -> Reals:
    best_N = np.exp(judged.best_NT[:, temperature])
    return np.stack([logit(judged.presence_N), logit(best_N), np.ones(len(judged))], 1)


def confidence_of(calibration: Calibration, judged: JudgedDetections) -> FloatArray:
    """What a calibration makes of detections, at the nearest of `TEMPERATURES`."""
    best_N = np.exp(judged.best_NT[:, _nearest(calibration.temperature)])
    return calibration.confidence(judged.presence_N, best_N)


def _nearest(temperature: float) -> int:
    return int(np.abs(TEMPERATURES - temperature).argmin())


def fit_logistic(features_NF: Reals, right_N: Booleans) -> Reals:
    """Fit a logistic regression (Platt 1999) by Newton's method with step halving.

    Its prior is what an uncalibrated reader reports, presence times class probability: weights of
    1 and no bias, each with a standard deviation of 1. A few dozen characters outweigh it.

    Args:
        features_NF: the last one is the constant.
        right_N: what is to be foretold.

    Returns:
        The weights, F.
    """
    prior_F = np.append(np.ones(features_NF.shape[1] - 1), 0.0)
    weight_F, loss = prior_F, _loss(features_NF, right_N, prior_F, prior_F)
    for _ in range(ITERATIONS):
        probability_N = 1 / (1 + np.exp(-(features_NF @ weight_F)))
        slope_F = features_NF.T @ (probability_N - right_N) + weight_F - prior_F
        spread_N = probability_N * (1 - probability_N)
        curve_FF = (features_NF.T * spread_N) @ features_NF + np.eye(len(weight_F))
        step_F = np.linalg.solve(curve_FF, slope_F)
        while (lower := _loss(features_NF, right_N, prior_F, weight_F - step_F)) > loss:
            step_F /= 2
        weight_F, loss = weight_F - step_F, lower
    return weight_F


def _loss(features_NF: Reals, right_N: Booleans, prior_F: Reals, weight_F: Reals) -> float:
    margin_N = np.where(right_N, 1, -1) * (features_NF @ weight_F)
    return float(np.logaddexp(0, -margin_N).sum() + ((weight_F - prior_F) ** 2).sum() / 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Detections, the surest first, and how many of the first k are right."""

    confidence_N: FloatArray
    right_N: npt.NDArray[np.int64]
    truths: int

    @classmethod
    def of(cls, confidence_N: FloatArray, right_N: Booleans, truths: int) -> "_Ranking":
        order_N = np.argsort(-confidence_N, kind="stable")
        return cls(confidence_N[order_N], right_N[order_N].cumsum(), truths)

    def best(self) -> float:
        """The threshold of the highest F1."""
        f1_N = 2 * self.right_N / (np.arange(1, len(self.right_N) + 1) + self.truths)
        return self._below(int(np.where(self._cuts(), f1_N, -1).argmax()))

    def strict(self) -> float | None:
        """The lowest threshold above which so many are right that precision is kept."""
        precision_N = self.right_N / np.arange(1, len(self.right_N) + 1)
        reached = np.flatnonzero(self._cuts() & (precision_N >= STRICT_PRECISION))
        return self._below(int(reached[-1])) if len(reached) else None

    def f1(self, threshold: float) -> float:
        return 2 * self._right(threshold) / max(1, self._count(threshold) + self.truths)

    def precision(self, threshold: float) -> float:
        return self._right(threshold) / max(1, self._count(threshold))

    def recall(self, threshold: float) -> float:
        return self._right(threshold) / max(1, self.truths)

    def _cuts(self) -> Booleans:
        """Where the next confidence is lower: a threshold cannot part equal ones."""
        return np.append(np.diff(self.confidence_N) < 0, True)

    def _below(self, last: int) -> float:
        """A threshold between this confidence and the next lower one, safe from rounding."""
        following = float(self.confidence_N[last + 1]) if last + 1 < len(self.right_N) else 0.0
        return (float(self.confidence_N[last]) + following) / 2

    def _count(self, threshold: float) -> int:
        return int((self.confidence_N >= threshold).sum())

    def _right(self, threshold: float) -> int:
        count = self._count(threshold)
        return int(self.right_N[count - 1]) if count else 0
