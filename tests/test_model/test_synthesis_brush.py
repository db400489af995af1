"""Kanji written from their stroke order: careful hands lift the brush, hasty ones do not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.characters import ImageArray
from model.synthesis.atlas import Hand, build_atlas
from model.synthesis.brush import HANDS, BrushHand, BrushSource, Strokes, write_kanji
from model.synthesis.fonts import INK, FontSource
from model.synthesis.kanji import older_forms, simplified_forms

CAREFUL = BrushHand(
    haste=0, joined=0, pressure=0.5, width=0.06, wobble=0, rise=0, contrast=0
)  # block script
JOINING = replace(CAREFUL, joined=1)
HASTY = replace(JOINING, haste=4)
SIZE = 60
TWO: Strokes = [
    np.array([[0.1, 0.2], [0.9, 0.2]], np.float32),
    np.array([[0.1, 0.8], [0.9, 0.8]], np.float32),
]
CORNER: Strokes = [np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], np.float32)]
FONT_FILE = Path(__file__).parents[1] / "data" / "fonts" / "KouzanBrushFontSousyo.ttf"
CURSIVE = FontSource("cursive", FONT_FILE.read_bytes(), "cursive", "waived")


def written(strokes: Strokes, hand: BrushHand, seed: int = 0) -> ImageArray:
    return write_kanji(strokes, hand, SIZE, np.random.default_rng(seed))


def test_a_glyph_is_as_large_as_its_strokes() -> None:
    height, width = written(TWO, CAREFUL).shape

    assert height == pytest.approx((0.6 + 0.06) * SIZE, abs=2)
    assert width == pytest.approx((0.8 + 0.06) * SIZE, abs=2)


def test_a_lifted_brush_leaves_no_ink_and_a_joining_one_does() -> None:
    lifted, joined = written(TWO, CAREFUL), written(TWO, JOINING)

    middle = slice(lifted.shape[0] // 3, 2 * lifted.shape[0] // 3)
    assert not (lifted[middle] > INK).any()
    assert (joined[middle] > INK).any(axis=1).all()


def test_haste_cuts_corners() -> None:
    careful, hasty = written(CORNER, CAREFUL), written(CORNER, HASTY)

    corner = np.s_[: SIZE // 12, -SIZE // 12 :]
    assert np.count_nonzero(hasty[corner] > INK) < 0.6 * np.count_nonzero(careful[corner] > INK)
    assert np.count_nonzero(hasty > INK) < np.count_nonzero(careful > INK)


def test_many_strokes_are_written_with_a_thinner_brush() -> None:
    far = [line + np.array([0, 0.002 * number], np.float32) for number in range(16) for line in TWO]

    assert written(far, CAREFUL).shape[0] < written(TWO, CAREFUL).shape[0] + 2
    assert np.count_nonzero(written(far, CAREFUL) > INK) < 1.2 * np.count_nonzero(
        written(TWO, CAREFUL) > INK
    )


def test_a_hand_writes_a_kanji_the_same_each_time_it_is_asked_and_each_hand_another_way() -> None:
    sources = [BrushSource(name, {ord("二"): TWO}, hand, "") for name, hand in HANDS.items()]

    once = [source.rasterizer(SIZE)(ord("二")) for source in sources]
    again = [source.rasterizer(SIZE)(ord("二")) for source in sources]

    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert len({glyph.tobytes() for glyph in once if glyph is not None}) == len(HANDS)


def test_strokes_that_are_not_known_are_not_written() -> None:
    assert BrushSource("clerk", {}, CAREFUL, "").rasterizer(SIZE)(ord("二")) is None


def test_a_brush_writes_kanji_beside_fonts_and_leaves_kana_to_them() -> None:
    two, no = ord("二"), ord("の")
    brush = BrushSource("clerk", {two: TWO, no: TWO}, CAREFUL, "")

    atlas = build_atlas([CURSIVE, brush], [two, no])

    assert atlas.hands_G[atlas.codepoints_G == two].tolist() == [Hand.CURSIVE, Hand.WRITTEN]
    assert Hand.WRITTEN not in atlas.hands_G[atlas.codepoints_G == no]


def test_a_kanji_is_also_written_in_its_older_form() -> None:
    spirit, old = ord("気"), ord("氣")
    brush = BrushSource("clerk", {old: TWO}, CAREFUL, "")

    assert older_forms(spirit) == [old]
    assert build_atlas([brush], [spirit]).codepoints_G.tolist() == [spirit]


def test_a_form_that_is_a_class_of_its_own_is_no_other_class_too() -> None:
    spirit, old = ord("気"), ord("氣")
    brush = BrushSource("clerk", {old: TWO}, CAREFUL, "")

    assert build_atlas([brush], [spirit, old]).codepoints_G.tolist() == [old]


def test_cursive_fonts_draw_simplified_forms_and_brushes_do_not() -> None:
    without, simplified = ord("無"), ord("无")
    brush = BrushSource("clerk", {simplified: TWO}, CAREFUL, "")
    assert simplified_forms(without) == [simplified]

    assert build_atlas([CURSIVE, brush], [without]).hands_G.tolist() == [Hand.CURSIVE] * 2


def test_a_kanji_without_other_forms_has_none() -> None:
    assert older_forms(ord("山")) == simplified_forms(ord("山")) == []
