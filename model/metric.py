"""The Kuzushiji Recognition challenge's metric: greedy matches of points in boxes, micro F1.

Shape suffixes: N predictions, M true characters. Points are (x, y) and boxes (x, y, width,
height), in pixels of the same page, origin top left.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from model.characters import IntArray, Labels

# Rule of the challenge: more predictions than this on one page make a submission invalid.
PREDICTIONS_PER_PAGE = 1200


class TooManyPredictionsError(ValueError):
    """A page carries more predictions than the challenge admits."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Matches and misses, to be added up over pages before a ratio is taken.

    Attributes:
        tp: true characters that a prediction matched.
        fp: predictions that matched nothing.
        fn: true characters that nothing matched.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        """Share of the predictions that are right; 0 without predictions."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """Share of the true characters that were found; 0 without true characters."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn); 0 without either."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def __add__(self, other: Self) -> "Counts":
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)


def score_page(truth: Labels, codepoints_N: IntArray, points_N2: npt.NDArray[np.number]) -> Counts:
    """Score one page: a match has the right label and lies strictly inside the true box.

    Each true box, in file order, takes the first unused prediction that matches it.

    Args:
        truth: true boxes and code points.
        codepoints_N: predicted code points, in the order of the submission.
        points_N2: predicted points (x, y).

    Returns:
        The page's counts; a page without truth and predictions counts nothing.

    Raises:
        TooManyPredictionsError: above 1,200 predictions.
        ValueError: if code points and points differ in number.
    """
    return counts_of(match_page(truth, codepoints_N, points_N2), len(codepoints_N))


def score_detection(
    truth: Labels, codepoints_N: IntArray, points_N2: npt.NDArray[np.number]
) -> Counts:
    """Score one page as `score_page` does, with every label taken as right."""
    return counts_of(match_detections(truth, codepoints_N, points_N2), len(codepoints_N))


def match_page(
    truth: Labels, codepoints_N: IntArray, points_N2: npt.NDArray[np.number]
) -> npt.NDArray[np.int64]:
    """Tell which prediction each true box takes in `score_page`; -1 for none."""
    inside_MN = _strictly_inside(truth, codepoints_N, points_N2)
    return _match_greedily(inside_MN & (truth.codepoints_N[:, None] == codepoints_N[None, :]))


def match_detections(
    truth: Labels, codepoints_N: IntArray, points_N2: npt.NDArray[np.number]
) -> npt.NDArray[np.int64]:
    """Tell which prediction each true box takes in `score_detection`; -1 for none."""
    return _match_greedily(_strictly_inside(truth, codepoints_N, points_N2))


def counts_of(prediction_M: npt.NDArray[np.int64], predictions: int) -> Counts:
    """Count a page's matches.

    Args:
        prediction_M: what `match_page` or `match_detections` returned.
        predictions: how many predictions the page has.
    """
    tp = int((prediction_M >= 0).sum())
    return Counts(tp=tp, fp=predictions - tp, fn=len(prediction_M) - tp)


def _strictly_inside(
    truth: Labels, codepoints_N: IntArray, points_N2: npt.NDArray[np.number]
) -> npt.NDArray[np.bool_]:
    _check_predictions(codepoints_N, points_N2)
    x_M1, y_M1, width_M1, height_M1 = np.hsplit(truth.boxes_N4.astype(np.float64), 4)
    x_1N, y_1N = points_N2.astype(np.float64).reshape(-1, 2, 1).transpose(1, 2, 0)
    inside_x_MN = (x_M1 < x_1N) & (x_1N < x_M1 + width_M1)
    inside_y_MN = (y_M1 < y_1N) & (y_1N < y_M1 + height_M1)
    return inside_x_MN & inside_y_MN


def _check_predictions(codepoints_N: IntArray, points_N2: npt.NDArray[np.number]) -> None:
    predictions = len(codepoints_N)
    if predictions != len(points_N2):
        raise ValueError(
            f"code points and points must be equally many, got {predictions} and {len(points_N2)}"
        )
    if predictions > PREDICTIONS_PER_PAGE:
        raise TooManyPredictionsError(
            f"a page may carry at most {PREDICTIONS_PER_PAGE:,} predictions, got {predictions:,}; "
            "keep the ones with the best scores"
        )


def _match_greedily(candidates_MN: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    truths, predictions = candidates_MN.shape
    unused_N = np.ones(predictions, dtype=np.bool_)
    prediction_M = np.full(truths, -1, np.int64)
    # A box that no prediction could match changes nothing: only the others are walked through.
    for row in np.flatnonzero(candidates_MN.any(axis=1)):
        available_N = candidates_MN[row] & unused_N
        first = int(available_N.argmax())
        if available_N[first]:
            prediction_M[row], unused_N[first] = first, False
    return prediction_M


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
