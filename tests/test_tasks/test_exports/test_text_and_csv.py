"""Plain text and the challenge's CSV read back."""

import sys

import numpy as np
import pytest
from export_samples import DEGENERATE_PAGES, page_of, pages, reading_of
from hypothesis import given
from hypothesis import strategies as st

from tasks.challenge import image_id_of, read_submission, reading_to_points
from tasks.exports.challenge_csv import ChallengeCsv
from tasks.exports.page import ExportPage
from tasks.exports.text import page_to_text


@given(pages())
def test_any_text_comes_back_a_line_for_each_column(page: ExportPage) -> None:
    lines = page_to_text(page).decode().split("\n")

    assert lines == [*(column.text for column in page.columns), ""]


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_text_comes_back(page: ExportPage) -> None:
    text = page_to_text(page).decode()

    assert text.replace("\n", "") == "".join(glyph.character for glyph in page.glyphs)


def test_columns_are_read_right_to_left() -> None:
    page = page_of(reading_of([*range(0x3042, 0x304C), *map(ord, "のは")]))

    assert page_to_text(page).decode() == "あぃいぅうぇえぉおか\nのは\n".replace(
        "あぃいぅうぇえぉおか", "".join(map(chr, range(0x3042, 0x304C)))
    )


def fits_a_csv(page: ExportPage) -> bool:
    """Whether a submission can say it: scalar values, and a name in UTF-8 as every key is."""
    best_N = page.reading.codepoints_NK[:, 0].tolist()
    return all(map(is_scalar, [*best_N, *map(ord, page.key)]))


def is_scalar(codepoint: int) -> bool:
    return 0 <= codepoint <= sys.maxunicode and not 0xD800 <= codepoint <= 0xDFFF


@given(st.lists(pages().filter(fits_a_csv), max_size=3, unique_by=lambda p: image_id_of(p.key)))
def test_any_submission_comes_back(some: list[ExportPage]) -> None:
    collected = ChallengeCsv()
    for page in some:
        collected.add(page)

    ((_, content),) = collected.files()

    found = read_submission(content)
    assert list(found) == [image_id_of(page.key) for page in some]
    for points, page in zip(found.values(), some, strict=True):
        written = reading_to_points(page.reading)
        np.testing.assert_array_equal(points.codepoints_N, written.codepoints_N)
        np.testing.assert_array_equal(points.points_N2, written.points_N2)


def test_the_submission_is_the_challenge_module_s() -> None:
    some = [page_of(reading_of([0x306E, 0x1B002]), "genji/1.jpg"), DEGENERATE_PAGES["blank"]]
    collected = ChallengeCsv()
    for page in some:
        collected.add(page)

    ((name, content),) = collected.files()

    assert name == "submission.csv"
    found = read_submission(content)
    assert list(found) == [image_id_of(page.key) for page in some]
    for page in some:
        expected = reading_to_points(page.reading)
        np.testing.assert_array_equal(found[image_id_of(page.key)].points_N2, expected.points_N2)
