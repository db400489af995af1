"""What a reader is sure of becomes a label; what it is not sure of teaches nothing."""

import numpy as np
import pytest

from model.character_set import CharacterSet
from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT
from model.detections import Detections
from model.self_training import detections_to_labels

CHARACTERS = CharacterSet.of([0x3042, 0x3044])


@pytest.mark.parametrize(
    ("presence", "probability", "codepoints"),
    [
        pytest.param(0.9, 0.9, [0x3044], id="sure"),
        pytest.param(0.9, 0.55, [UNKNOWN_CODEPOINT], id="a character without a name"),
        pytest.param(0.4, 0.99, [IGNORED_CODEPOINT], id="perhaps a character"),
        pytest.param(0.1, 0.99, [], id="none"),
    ],
)
def test_a_detection_is_labelled_as_far_as_it_is_sure(
    presence: float, probability: float, codepoints: list[int]
) -> None:
    named = np.zeros((1, len(CHARACTERS.codepoints)), np.float32)
    named[0] = (1 - probability) / (named.shape[1] - 1)
    named[0, CHARACTERS.codepoints.index(0x3044)] = probability
    boxes = np.array([(3, 4, 5, 6)], np.float32)

    labels = detections_to_labels(
        Detections(boxes, np.array([presence], np.float32), np.log(named)), CHARACTERS
    )

    assert labels.codepoints_N.tolist() == codepoints
    assert labels.boxes_N4.tolist() == boxes.tolist()[: len(codepoints)]


def test_nothing_detected_is_no_label() -> None:
    nothing = np.zeros((0, len(CHARACTERS.codepoints)), np.float32)

    labels = detections_to_labels(
        Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), nothing), CHARACTERS
    )

    assert len(labels) == 0
