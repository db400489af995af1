"""The classes' biases move from the frequencies of the labels towards those of the corpus."""

import numpy as np
import pytest
import torch

from model.character_set import CharacterSet
from model.class_prior import STRENGTH, prior_offsets, with_offsets
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector

SMALL = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)


def test_what_the_labels_lack_gains_and_what_they_repeat_loses() -> None:
    characters = CharacterSet.of(map(ord, "のし鯛"))
    expected = {ord("の"): 50, ord("し"): 50, ord("鯛"): 5}
    offsets_C = prior_offsets(characters, {ord("の"): 99, ord("し"): 9}, expected)
    assert offsets_C[0] < offsets_C[1] < offsets_C[2]


def test_equal_frequencies_move_nothing() -> None:
    characters = CharacterSet.of(map(ord, "のし鯛"))
    counts = {ord("の"): 50, ord("し"): 20}
    assert np.array_equal(prior_offsets(characters, counts, counts), [0, 0, 0])


def test_offset_is_a_share_of_the_logarithm_of_the_odds() -> None:
    characters = CharacterSet.of(map(ord, "のし"))
    offsets_C = prior_offsets(
        characters, {ord("の"): 2, ord("し"): 0}, {ord("の"): 1, ord("し"): 1}
    )
    assert offsets_C[1] - offsets_C[0] == pytest.approx(STRENGTH * np.log(3))


def test_offsets_move_the_logits_and_not_that_of_the_reject_class() -> None:
    detector = CharacterDetector(SMALL, class_count=4).eval()
    moved = with_offsets(detector, [1.0, -2.0, 0.5])
    features = torch.randn(1, 16, 8, 8)
    boxes, pages = torch.tensor([[20.0, 20.0, 24.0, 24.0]]), torch.zeros(1, dtype=torch.int64)
    with torch.inference_mode():
        difference_1C = moved.classify(features, boxes, pages) - detector.classify(
            features, boxes, pages
        )
    torch.testing.assert_close(difference_1C, torch.tensor([[1.0, -2.0, 0.5, 0.0]]))
