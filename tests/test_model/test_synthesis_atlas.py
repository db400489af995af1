"""The glyph atlas: every way to write a character stands under that character's code point."""

from pathlib import Path

import numpy as np
import pytest

from model.synthesis.atlas import Hand, build_atlas
from model.synthesis.fonts import INK, FontSource, StrokeSet
from model.synthesis.kana import (
    HENTAIGANA,
    hentaigana_to_kana,
    is_kana,
    kana_to_hentaigana,
    split_voicing,
)

FONT_FILE = Path(__file__).parents[1] / "data" / "fonts" / "KouzanBrushFontSousyo.ttf"
CURSIVE = FontSource("cursive", FONT_FILE.read_bytes(), "cursive", "waived")
NO, GA, YAMA = ord("の"), ord("が"), ord("山")


def test_kana_are_also_drawn_as_their_mother_kanji() -> None:
    atlas = build_atlas([CURSIVE], [NO, YAMA])

    hands = atlas.hands_G[atlas.codepoints_G == NO]

    assert hands.tolist() == [Hand.MODERN, Hand.MOTHER_KANJI, Hand.MOTHER_KANJI]  # の 乃 能
    assert atlas.hands_G[atlas.codepoints_G == YAMA].tolist() == [Hand.CURSIVE]


def test_glyphs_are_cut_to_their_ink() -> None:
    atlas = build_atlas([CURSIVE], [NO, GA, YAMA])

    for glyph in range(len(atlas)):
        ink = atlas.alpha(glyph) > INK
        assert ink.any(axis=0)[[0, -1]].all()
        assert ink.any(axis=1)[[0, -1]].all()


def test_a_font_without_a_voiced_kana_does_not_teach_the_unvoiced_one_in_its_place() -> None:
    u, vu = ord("う"), ord("ゔ")  # the font has う only
    hentaigana = FontSource("hentaigana", FONT_FILE.read_bytes(), "hentaigana", "waived")

    atlas = build_atlas([hentaigana], [u, vu])

    assert atlas.uncovered([u, vu]) == [vu]


def test_the_hands_of_a_character_share_its_occurrences() -> None:
    atlas = build_atlas([CURSIVE, CURSIVE], [NO])

    modern = atlas.weights_G[atlas.hands_G == Hand.MODERN].sum()
    mother = atlas.weights_G[atlas.hands_G == Hand.MOTHER_KANJI].sum()

    assert modern / mother == pytest.approx(4.4)


def test_photographed_glyphs_become_variants_with_and_without_voicing_marks() -> None:
    square = np.zeros((2, 28, 28), np.uint8)
    square[:, 8:20, 10:18] = 255
    ha, ba, pa = (ord(kana) for kana in "はばぱ")

    atlas = build_atlas([CURSIVE], [ha, ba, pa], [StrokeSet(ha, square)])

    photographs = atlas.hands_G == Hand.PHOTOGRAPH
    areas = atlas.shapes_G2.prod(1)
    assert atlas.codepoints_G[photographs].tolist() == [ha, ha, ba, ba, pa, pa]
    assert areas[photographs & (atlas.codepoints_G == ba)].min() > areas[photographs][0]


def test_print_fills_only_what_no_brush_draws() -> None:
    printed = FontSource("print", FONT_FILE.read_bytes(), "print", "waived")
    brush_without_yama = StrokeSet(NO, np.full((1, 28, 28), 255, np.uint8))

    atlas = build_atlas([printed], [NO, YAMA], [brush_without_yama])

    assert Hand.PRINT not in atlas.hands_G[atlas.codepoints_G == NO]
    assert atlas.hands_G[atlas.codepoints_G == YAMA].tolist() == [Hand.PRINT]


def test_an_atlas_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="drew none"):
        build_atlas([CURSIVE], [0x1F600])


def test_every_hentaigana_has_a_kana_and_is_found_under_it() -> None:
    for hentaigana in HENTAIGANA:
        kana = hentaigana_to_kana(hentaigana)

        assert is_kana(kana)
        assert hentaigana in kana_to_hentaigana(kana)


@pytest.mark.parametrize("codepoint", [NO, 0x1B001, 0x1B11F])
def test_other_characters_are_no_hentaigana(codepoint: int) -> None:
    with pytest.raises(ValueError, match="U\\+1B002-1B11E"):
        hentaigana_to_kana(codepoint)


@pytest.mark.parametrize(
    ("character", "base", "mark"),
    [
        ("か", "か", ""),
        ("が", "か", "\u3099"),
        ("ぱ", "は", "\u309a"),
        ("山", "山", ""),
        ("ガ", "ガ", ""),
    ],
)
def test_voicing_is_split_from_hiragana_only(character: str, base: str, mark: str) -> None:
    assert split_voicing(ord(character)) == (ord(base), mark)
