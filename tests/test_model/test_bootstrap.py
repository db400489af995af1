"""Intervals over resampled pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.bootstrap import Interval, page_intervals
from model.metric import Counts

COUNTS = st.builds(Counts, *[st.integers(0, 50)] * 3)


@pytest.mark.parametrize("pages", [[], [Counts(5, 1, 1)]])
def test_fewer_than_two_pages_have_no_interval(pages: list[Counts]) -> None:
    assert page_intervals(pages) is None


def test_pages_that_are_all_alike_leave_no_doubt() -> None:
    intervals = page_intervals([Counts(6, 2, 4)] * 5)

    assert intervals is not None
    assert intervals["precision"] == Interval(0.75, 0.75)
    assert intervals["recall"] == Interval(0.6, 0.6)


def test_equal_seeds_give_equal_intervals() -> None:
    pages = [Counts(40 + n * n, 50 - 2 * n, 3 * n) for n in range(20)]

    assert page_intervals(pages, seed=3) == page_intervals(pages, seed=3)
    assert page_intervals(pages, seed=3) != page_intervals(pages, seed=4)


@given(st.lists(COUNTS, min_size=2, max_size=6))
def test_an_interval_lies_between_the_worst_and_the_best_page(pages: list[Counts]) -> None:
    intervals = page_intervals(pages)

    assert intervals is not None
    for name, interval in intervals.items():
        assert interval.low <= interval.high
        assert interval.high <= max(getattr(page, name) for page in pages) + 1e-9
