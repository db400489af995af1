"""Readings: what each alternative is worth follows from the score, calibrated or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import FloatArray, PageReading


def confidences_of(score: float, probabilities: list[float]) -> FloatArray:
    count = len(probabilities)
    return PageReading(
        np.zeros((1, 4), np.float32),
        np.array([score], np.float32),
        np.arange(count, dtype=np.int32)[None],
        np.array([probabilities], np.float32),
    ).confidences[0]


@pytest.mark.parametrize(
    ("score", "probabilities", "expected"),
    [
        pytest.param(0.3, [0.6, 0.3, 0.1], [0.3, 0.15, 0.05], id="presence one half"),
        pytest.param(0.8, [0.5, 0.4, 0.1], [0.8, 0.16, 0.04], id="surer than its probability"),
        pytest.param(0.0, [0.0, 0.0], [0.0, 0.0], id="nothing"),
        pytest.param(1.0, [1.0, 0.0], [1.0, 0.0], id="certain"),
        pytest.param(0.4, [0.7], [0.4], id="no other"),
    ],
)
def test_alternatives_share_what_the_score_leaves(
    score: float, probabilities: list[float], expected: list[float]
) -> None:
    assert confidences_of(score, probabilities) == pytest.approx(expected, abs=1e-6)


@given(st.floats(0, 1), st.lists(st.floats(0.001, 1), min_size=1, max_size=5))
def test_confidences_never_rise_and_never_exceed_one(score: float, weights: list[float]) -> None:
    shares = sorted((weight / sum(weights) for weight in weights), reverse=True)

    found = confidences_of(score, shares)

    assert found[0] == np.float32(score)
    assert (np.diff(found) <= 1e-6).all()
    assert found.sum() <= 1 + 1e-5
