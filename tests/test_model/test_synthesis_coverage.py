"""The report on fonts: who draws which share of a text, and what nobody draws."""

from pathlib import Path

import pytest

from model.synthesis.atlas import build_atlas
from model.synthesis.coverage import coverage
from model.synthesis.fonts import FontSource, Style

FILE = Path(__file__).parents[1] / "data" / "fonts" / "KouzanBrushFontSousyo.ttf"
NO, YAMA, EMOJI = ord("の"), ord("山"), 0x1F600


def font(style: Style) -> FontSource:
    return FontSource(style, FILE.read_bytes(), style, "waived")


def test_shares_are_those_of_the_occurrences_and_the_rest_is_named() -> None:
    counts = {NO: 6, YAMA: 2, EMOJI: 2}
    fonts = [font("cursive")]

    found = coverage(build_atlas(fonts, list(counts)), fonts, counts)

    assert (found.fonts[0].font, found.fonts[0].licence) == ("cursive", "waived")
    assert found.fonts[0].classes == 2
    assert found.fonts[0].share == pytest.approx(0.8)
    assert found.share == pytest.approx(0.8)
    assert found.classes == 3
    assert found.uncovered == (EMOJI,)


def test_the_most_frequent_character_without_glyph_comes_first() -> None:
    counts = {NO: 1, EMOJI: 2, EMOJI + 1: 5}
    fonts = [font("cursive")]

    assert coverage(build_atlas(fonts, list(counts)), fonts, counts).uncovered == (
        EMOJI + 1,
        EMOJI,
    )


def test_print_counts_for_nothing_that_a_brush_draws() -> None:
    counts = {NO: 1, YAMA: 1}
    fonts = [font("cursive"), font("print")]

    found = coverage(build_atlas(fonts, list(counts)), fonts, counts)

    assert [part.classes for part in found.fonts] == [2, 0]
