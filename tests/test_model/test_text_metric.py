"""The character error rate, on the texts where it could go wrong."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.text_metric import TextCounts, count_edits

GA = "\u304c"
KA_AND_MARK = "\u304b\u3099"
HENTAIGANA_KA = "\U0001b019"


@pytest.mark.parametrize(
    ("truth", "read", "edits", "length"),
    [
        ("", "", 0, 0),
        ("", "のは", 2, 0),
        ("のは", "", 2, 2),
        ("のは", "のは", 0, 2),
        ("のは", "は", 1, 2),
        ("のは", "はの", 2, 2),
        ("の\nは", "の は\n", 0, 2),
        (HENTAIGANA_KA, "か", 1, 1),
    ],
)
def test_edits_are_counted(truth: str, read: str, edits: int, length: int) -> None:
    assert count_edits(truth, read) == TextCounts(edits, length)


def test_a_composed_and_a_combining_voicing_mark_are_equal_in_nfc_only() -> None:
    assert count_edits(GA, KA_AND_MARK) == TextCounts(0, 1)
    assert count_edits(GA, KA_AND_MARK, normal_form=None) == TextCounts(2, 1)


@pytest.mark.parametrize(
    ("counts", "rate"),
    [
        (TextCounts(0, 0), 0.0),
        (TextCounts(3, 0), math.inf),
        (TextCounts(1, 4), 0.25),
        (TextCounts(8, 4), 2.0),
    ],
)
def test_the_rate_is_edits_per_true_character(counts: TextCounts, rate: float) -> None:
    assert counts.error_rate == rate


def test_an_empty_page_adds_what_was_read_in_vain() -> None:
    total = count_edits("のはの", "のはの") + count_edits("", "は")

    assert total.error_rate == pytest.approx(1 / 3)


@given(st.text(), st.text())
def test_the_distance_is_the_same_from_either_side(one: str, other: str) -> None:
    assert count_edits(one, other).edits == count_edits(other, one).edits
