"""The challenge's metric, against tables of degenerate pages and a literal reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import Labels
from model.metric import Counts, TooManyPredictionsError, score_detection, score_page

Truth = tuple[int, float, float, float, float]
Prediction = tuple[int, float, float]

NO, HA = 0x306E, 0x306F
BOX: Truth = (NO, 10, 20, 30, 40)
INSIDE: Prediction = (NO, 25, 40)


def labels_of(truths: list[Truth]) -> Labels:
    return Labels(
        np.array([truth[1:] for truth in truths], np.float32).reshape(-1, 4),
        np.array([truth[0] for truth in truths], np.int32),
    )


def points_of(predictions: list[Prediction]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([prediction[0] for prediction in predictions], np.int32),
        np.array([prediction[1:] for prediction in predictions], np.float64).reshape(-1, 2),
    )


def score(truths: list[Truth], predictions: list[Prediction]) -> Counts:
    return score_page(labels_of(truths), *points_of(predictions))


def literal_score(truths: list[Truth], predictions: list[Prediction]) -> Counts:
    """The rule as it is told, prediction by prediction."""
    used: set[int] = set()
    for label, x, y, width, height in truths:
        for index, (predicted, px, py) in enumerate(predictions):
            right = predicted == label and x < px < x + width and y < py < y + height
            if right and index not in used:
                used.add(index)
                break
    tp = len(used)
    return Counts(tp, len(predictions) - tp, len(truths) - tp)


@pytest.mark.parametrize(
    ("truths", "predictions", "expected"),
    [
        pytest.param([], [], Counts(0, 0, 0), id="blank page, nothing predicted"),
        pytest.param([], [INSIDE, INSIDE], Counts(0, 2, 0), id="blank page, all are false"),
        pytest.param([BOX, BOX], [], Counts(0, 0, 2), id="nothing predicted, all are missed"),
        pytest.param([BOX], [INSIDE], Counts(1, 0, 0), id="inside with the right label"),
        pytest.param([BOX], [(HA, 25, 40)], Counts(0, 1, 1), id="inside with a wrong label"),
        pytest.param([BOX], [(NO, 99, 40)], Counts(0, 1, 1), id="right label, outside"),
        pytest.param([BOX], [INSIDE, INSIDE], Counts(1, 1, 0), id="a duplicate is false"),
        pytest.param([BOX, BOX], [INSIDE], Counts(1, 0, 1), id="one prediction matches once"),
        pytest.param([BOX], [(NO, 10, 40)], Counts(0, 1, 1), id="on the left edge"),
        pytest.param([BOX], [(NO, 40, 40)], Counts(0, 1, 1), id="on the right edge"),
        pytest.param([BOX], [(NO, 25, 20)], Counts(0, 1, 1), id="on the upper edge"),
        pytest.param([BOX], [(NO, 25, 60)], Counts(0, 1, 1), id="on the lower edge"),
        pytest.param([(NO, 10, 20, 0, 0)], [(NO, 10, 20)], Counts(0, 1, 1), id="zero area"),
        pytest.param([(NO, 0, 0, 1, 1)], [(NO, 0, 0)], Counts(0, 1, 1), id="one pixel, corner"),
        pytest.param([(NO, 0, 0, 1, 1)], [(NO, 0.5, 0.5)], Counts(1, 0, 0), id="one pixel, middle"),
        pytest.param([BOX], [(NO, float("nan"), 40)], Counts(0, 1, 1), id="not a number"),
    ],
)
def test_a_page_is_counted_as_the_challenge_counts_it(
    truths: list[Truth], predictions: list[Prediction], expected: Counts
) -> None:
    counts = score(truths, predictions)

    assert counts == expected


def test_matching_is_greedy_in_file_order_even_where_an_optimal_one_finds_more() -> None:
    wide, narrow = (NO, 0.0, 0.0, 100.0, 100.0), (NO, 0.0, 0.0, 20.0, 20.0)
    in_both, in_wide_only = (NO, 10.0, 10.0), (NO, 50.0, 50.0)

    wide_first = score([wide, narrow], [in_both, in_wide_only])
    narrow_first = score([narrow, wide], [in_both, in_wide_only])

    assert wide_first == Counts(1, 1, 1)
    assert narrow_first == Counts(2, 0, 0)


def test_detection_ignores_labels() -> None:
    codepoints_N, points_N2 = points_of([(HA, 25, 40)])

    counts = score_detection(labels_of([BOX]), codepoints_N, points_N2)

    assert counts == Counts(1, 0, 0)


@pytest.mark.parametrize("scorer", [score_page, score_detection])
def test_more_than_1200_predictions_are_refused(scorer: type) -> None:
    predictions = points_of([INSIDE] * 1201)

    with pytest.raises(TooManyPredictionsError, match=r"at most 1,200 predictions, got 1,201"):
        scorer(labels_of([BOX]), *predictions)


def test_1200_predictions_are_admitted() -> None:
    counts = score([BOX], [INSIDE] * 1200)

    assert counts == Counts(1, 1199, 0)


def test_code_points_and_points_must_be_equally_many() -> None:
    with pytest.raises(ValueError, match="equally many, got 2 and 1"):
        score_page(Labels.empty(), np.zeros(2, np.int32), np.zeros((1, 2)))


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        (Counts(0, 0, 0), 0.0, 0.0, 0.0),
        (Counts(0, 3, 0), 0.0, 0.0, 0.0),
        (Counts(0, 0, 3), 0.0, 0.0, 0.0),
        (Counts(3, 0, 0), 1.0, 1.0, 1.0),
        (Counts(3, 1, 2), 0.75, 0.6, 2 / 3),
    ],
)
def test_ratios_are_zero_where_their_denominator_is(
    counts: Counts, precision: float, recall: float, f1: float
) -> None:
    ratios = (counts.precision, counts.recall, counts.f1)

    assert ratios == pytest.approx((precision, recall, f1))


def test_counts_of_pages_add_up() -> None:
    total = sum([Counts(1, 2, 3), Counts(10, 20, 30)], Counts())

    assert total == Counts(11, 22, 33)


# Few labels on a small grid, so that edges, duplicates and overlaps happen all the time.
labels_drawn = st.sampled_from([NO, HA])
grid = st.integers(0, 12).map(float)
truths_drawn = st.lists(st.tuples(labels_drawn, grid, grid, grid, grid), max_size=8)
predictions_drawn = st.lists(st.tuples(labels_drawn, grid, grid), max_size=12)


@given(truths_drawn, predictions_drawn)
def test_agrees_with_the_rule_told_literally(
    truths: list[Truth], predictions: list[Prediction]
) -> None:
    counts = score(truths, predictions)

    assert counts == literal_score(truths, predictions)


@given(truths_drawn, predictions_drawn)
def test_detection_agrees_with_the_rule_under_one_label(
    truths: list[Truth], predictions: list[Prediction]
) -> None:
    counts = score_detection(labels_of(truths), *points_of(predictions))

    one_label_truths = [(NO, *truth[1:]) for truth in truths]
    one_label_predictions = [(NO, *prediction[1:]) for prediction in predictions]
    assert counts == literal_score(one_label_truths, one_label_predictions)


@given(truths_drawn, predictions_drawn, st.integers(-1000, 1000))
def test_moving_a_whole_page_changes_nothing(
    truths: list[Truth], predictions: list[Prediction], shift: int
) -> None:
    moved_truths = [(c, x + shift, y + shift, w, h) for c, x, y, w, h in truths]
    moved_predictions = [(c, x + shift, y + shift) for c, x, y in predictions]

    counts = score(moved_truths, moved_predictions)

    assert counts == score(truths, predictions)
