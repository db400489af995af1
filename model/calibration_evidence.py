"""What labelled pages say about a reader's detections: which are right, which are not.

Shapes: N detections, T temperatures, M true characters, R regions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.character_set import CharacterSet
from model.characters import FloatArray, Labels
from model.detections import Detections
from model.metric import match_detections, match_page

# Temperatures are 7 % apart: at the best one the likelihood is flat, and the weights follow.
TEMPERATURES = np.geomspace(0.5, 2.0, 21)

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedDetections:
    """Detections of which the labels say whether they are right.

    Attributes:
        group_N: number of each one's book; what is fitted on a book is not measured on it.
        presence_N: probability that there is a character.
        best_NT: log-probability of the best class at each of `TEMPERATURES`.
        truth_NT: log-probability of the true class; NaN where there is no character of a known
            class.
        right_N: whether it counts as right in the challenge's metric.
        truths_G: number of true characters of each group.
        undecided: number of detections that the labels leave open; they are not among the N.
    """

    group_N: npt.NDArray[np.int64]
    presence_N: FloatArray
    best_NT: FloatArray
    truth_NT: FloatArray
    right_N: Booleans
    truths_G: npt.NDArray[np.int64]
    undecided: int

    def __len__(self) -> int:
        return len(self.right_N)

    def where(self, chosen_G: Booleans) -> "JudgedDetections":
        """Keep the detections and true characters of some groups."""
        kept_N = chosen_G[self.group_N]
        return JudgedDetections(
            self.group_N[kept_N],
            self.presence_N[kept_N],
            self.best_NT[kept_N],
            self.truth_NT[kept_N],
            self.right_N[kept_N],
            np.where(chosen_G, self.truths_G, 0),
            self.undecided,
        )


def judge_detections(
    detections: Detections, labels: Labels, characters: CharacterSet
) -> JudgedDetections:
    """Compare a page's detections with its labels, as one group.

    A detection whose centre lies in a box without a name or in an ignored region, and that takes no
    named box, is undecided.

    Args:
        detections: those that are too unsure to be reported, too.
        labels: by hand, or from an alignment.
        characters: classes of the detections.
    """
    score_N = np.log(detections.presence_N) + detections.log_probabilities_NC.max(1)
    order_N = np.argsort(-score_N, kind="stable")
    boxes_N4 = detections.boxes_N4[order_N]
    log_NC = detections.log_probabilities_NC[order_N]
    centers_N2: FloatArray = boxes_N4[:, :2] + boxes_N4[:, 2:] / np.float32(2)
    named_M = labels.codepoints_N >= 0
    truth = Labels(labels.boxes_N4[named_M], labels.codepoints_N[named_M])
    read_N = characters.codepoints_of(log_NC.argmax(1))
    right_N = _taken(match_page(truth, read_N, centers_N2), len(read_N))
    placed_M = match_detections(truth, read_N, centers_N2)
    open_N = _inside_any(centers_N2, labels.boxes_N4[~named_M])
    kept_N = right_N | _taken(placed_M, len(read_N)) | ~open_N
    class_N = np.full(len(read_N), -1)
    class_N[placed_M[placed_M >= 0]] = characters.classes_of(truth.codepoints_N)[placed_M >= 0]
    best_NT, truth_NT = _at_temperatures(log_NC[kept_N], class_N[kept_N])
    return JudgedDetections(
        group_N=np.zeros(int(kept_N.sum()), np.int64),
        presence_N=detections.presence_N[order_N][kept_N],
        best_NT=best_NT,
        truth_NT=truth_NT,
        right_N=right_N[kept_N],
        truths_G=np.array([len(truth)]),
        undecided=int((~kept_N).sum()),
    )


def join_judged(pages: Sequence[JudgedDetections], groups: Sequence[int]) -> JudgedDetections:
    """Put pages together.

    Args:
        pages: at least one.
        groups: number of each one's book, from 0.
    """
    truths = [int(page.truths_G.sum()) for page in pages]
    return JudgedDetections(
        np.repeat(np.array(groups, np.int64), [len(page) for page in pages]),
        np.concatenate([page.presence_N for page in pages]),
        np.concatenate([page.best_NT for page in pages]),
        np.concatenate([page.truth_NT for page in pages]),
        np.concatenate([page.right_N for page in pages]),
        np.bincount(groups, truths).astype(np.int64),
        sum(page.undecided for page in pages),
    )


def _at_temperatures(
    log_NC: FloatArray, class_N: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Log-probabilities of the best and of the true class at each temperature."""
    shape = len(log_NC), len(TEMPERATURES)
    best_NT, truth_NT = np.empty(shape, np.float32), np.full(shape, np.nan, np.float32)
    highest_N = log_NC.max(1)
    known_N = np.flatnonzero(class_N >= 0)
    for t, temperature in enumerate(TEMPERATURES.tolist()):
        sum_N = np.exp((log_NC - highest_N[:, None]) / temperature).sum(1)
        best_NT[:, t] = -np.log(sum_N)
        behind_N = log_NC[known_N, class_N[known_N]] - highest_N[known_N]
        truth_NT[known_N, t] = behind_N / temperature + best_NT[known_N, t]
    return best_NT, truth_NT


def _taken(prediction_M: npt.NDArray[np.int64], count: int) -> Booleans:
    taken_N = np.zeros(count, np.bool_)
    taken_N[prediction_M[prediction_M >= 0]] = True
    return taken_N


def _inside_any(points_N2: FloatArray, boxes_R4: FloatArray) -> Booleans:
    ends_R2 = boxes_R4[:, :2] + boxes_R4[:, 2:]
    after_NR2 = points_N2[:, None] > boxes_R4[None, :, :2]
    inside_NR2: Booleans = after_NR2 & (points_N2[:, None] < ends_R2[None])
    inside_N: Booleans = np.all(inside_NR2, axis=2).any(axis=1)
    return inside_N
