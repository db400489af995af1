"""Reliability bins, and how far they are from the diagonal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reliability import (
    ConfidenceBin,
    error_by_chance,
    expected_calibration_error,
    reliability,
)


def test_predictions_fall_into_bins_of_confidence() -> None:
    confidences = np.array([0.05, 0.5, 0.9, 1.0], np.float32)
    right = np.array([False, True, True, False])

    bins = reliability(confidences, right, bins=2)

    assert [(one.count, one.accuracy) for one in bins] == [(1, 0.0), (3, pytest.approx(2 / 3))]
    assert bins[1].confidence == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [
        ([], [], 0.0),
        ([1.0], [True], 0.0),
        ([1.0], [False], 1.0),
        ([0.75, 0.75, 0.75, 0.75], [True, True, True, False], 0.0),
        ([0.25, 0.95], [True, True], 0.4),
    ],
)
def test_the_error_is_the_mean_distance_from_the_diagonal(
    confidences: list[float], right: list[bool], error: float
) -> None:
    bins = reliability(np.array(confidences, np.float32), np.array(right, np.bool_))

    assert expected_calibration_error(bins) == pytest.approx(error, abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans())))
def test_every_prediction_is_counted_once(predictions: list[tuple[float, bool]]) -> None:
    confidences = np.array([confidence for confidence, _ in predictions], np.float32)

    bins = reliability(confidences, np.array([right for _, right in predictions], np.bool_))

    assert sum(one.count for one in bins) == len(predictions)
    assert 0 <= expected_calibration_error(bins) <= 1


def test_an_empty_bin_has_no_accuracy() -> None:
    bins = reliability(np.array([0.95], np.float32), np.array([True]))

    assert bins[0] == ConfidenceBin(0.0, 0.1, 0, 0.0, 0.0)


def test_true_confidences_show_an_error_by_chance_that_sinks_with_their_number() -> None:
    confidences = np.random.default_rng(1).random(4000).astype(np.float32)

    few, many = error_by_chance(confidences[:100]), error_by_chance(confidences)

    assert 0.05 < few < 0.15
    assert few / many == pytest.approx(40**0.5, rel=0.15)  # as the square root of the number


@pytest.mark.parametrize("sure", [[], [0.0, 1.0, 1.0]])
def test_who_is_sure_has_no_error_by_chance(sure: list[float]) -> None:
    assert error_by_chance(np.array(sure, np.float32)) == 0.0
