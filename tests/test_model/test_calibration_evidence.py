"""Detections judged by labels: right, wrong, or left open."""

import numpy as np
import pytest

from model.calibration_evidence import TEMPERATURES, judge_detections
from model.character_set import CharacterSet
from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, Labels
from model.detections import Detections

CHARACTERS = CharacterSet((0x3042, 0x3044, 0x3046))
A, OTHER, _ = CHARACTERS.codepoints


def detections(*centers: tuple[float, float], best: tuple[int, ...] = ()) -> Detections:
    """Boxes of 10 x 10 px, each surest of the first class if no other is said."""
    count = len(centers)
    probabilities_NC = np.full((count, 3), 0.1, np.float32)
    probabilities_NC[np.arange(count), best or (0,) * count] = 0.8
    boxes_N4 = np.array([(x - 5, y - 5, 10, 10) for x, y in centers], np.float32).reshape(-1, 4)
    presence_N = np.linspace(0.9, 0.5, count, dtype=np.float32)
    return Detections(boxes_N4, presence_N, np.log(probabilities_NC))


def labelled(*characters: tuple[int, float, float]) -> Labels:
    """Boxes of 20 x 20 px around points."""
    boxes_N4 = np.array([(x - 10, y - 10, 20, 20) for _, x, y in characters], np.float32)
    return Labels(boxes_N4.reshape(-1, 4), np.array([c for c, _, _ in characters], np.int32))


@pytest.mark.parametrize(
    ("found", "labels", "right", "truths", "undecided"),
    [
        pytest.param(detections(), labelled(), [], 0, 0, id="nothing"),
        pytest.param(detections(), labelled((A, 50, 50)), [], 1, 0, id="missed"),
        pytest.param(detections((50, 50)), labelled(), [False], 0, 0, id="nothing there"),
        pytest.param(detections((50, 50)), labelled((A, 50, 50)), [True], 1, 0, id="right"),
        pytest.param(detections((50, 50)), labelled((OTHER, 50, 50)), [False], 1, 0, id="wrong"),
        pytest.param(
            detections((50, 50), (52, 50)),
            labelled((A, 50, 50)),
            [True, False],
            1,
            0,
            id="twice",
        ),
        pytest.param(
            detections((50, 50)), labelled((UNKNOWN_CODEPOINT, 50, 50)), [], 0, 1, id="unknown"
        ),
        pytest.param(
            detections((50, 50)), labelled((IGNORED_CODEPOINT, 50, 50)), [], 0, 1, id="ignored"
        ),
        pytest.param(
            detections((50, 50)),
            labelled((IGNORED_CODEPOINT, 50, 50), (A, 50, 50)),
            [True],
            1,
            0,
            id="named in a region that is ignored",
        ),
        pytest.param(
            detections((50, 50)), labelled((0x9F98, 50, 50)), [False], 1, 0, id="no such class"
        ),
    ],
)
def test_a_detection_is_right_wrong_or_left_open(
    found: Detections, labels: Labels, right: list[bool], truths: int, undecided: int
) -> None:
    judged = judge_detections(found, labels, CHARACTERS)

    assert judged.right_N.tolist() == right
    assert (int(judged.truths_G.sum()), judged.undecided) == (truths, undecided)


def test_likelihoods_are_those_of_a_softmax() -> None:
    judged = judge_detections(detections((50, 50)), labelled((OTHER, 50, 50)), CHARACTERS)

    for t, temperature in enumerate(TEMPERATURES):
        expected = np.array([0.8, 0.1, 0.1]) ** (1 / temperature)
        expected /= expected.sum()
        assert np.exp(judged.best_NT[0, t]) == pytest.approx(expected[0], rel=1e-4)
        assert np.exp(judged.truth_NT[0, t]) == pytest.approx(expected[1], rel=1e-4)
