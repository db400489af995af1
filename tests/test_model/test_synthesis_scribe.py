"""Habits of the writer: which characters are joined, how long し may run, what covers hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.characters import IntArray
from model.synthesis.atlas import GlyphAtlas, build_atlas
from model.synthesis.corpus import Corpus
from model.synthesis.glosses import write_furigana
from model.synthesis.kana import FIRST_KANJI
from model.synthesis.paper import paint
from model.synthesis.scribe import LIBERTIES, Scribe
from model.synthesis.sheet import blank_sheet
from model.synthesis.style import PageStyle, draw_style
from model.synthesis.writing import Writing
from tasks.fonts import load_fonts

KANA, KANJI = "しのくかはな", "山川草木"
CORPUS = Corpus([KANA + KANJI])
XS = [60.0, 120.0, 180.0, 240.0, 300.0]


@pytest.fixture(scope="module")
def atlas() -> GlyphAtlas:
    fonts = load_fonts([Path(__file__).parents[1] / "data" / "fonts"])
    return build_atlas(fonts, [int(c) for c in CORPUS.codepoints_C])


def style(**changes: float | bool) -> PageStyle:
    plain = {"furigana": 0.0, "notes": 0.0, "headings": 0.0, "glosses": 0.0, "lean": 0.0}
    return replace(draw_style(np.random.default_rng(0), 28.0), **{**plain, **changes})


def written(atlas: GlyphAtlas, habits: PageStyle, seed: int = 0) -> tuple[Writing, IntArray]:
    scribe = Scribe(atlas, CORPUS, np.random.default_rng(seed), habits)
    writing = scribe.write_columns(XS, 0, 2000)
    return writing, atlas.codepoints_G[writing.glyphs_N]


def test_kana_are_joined_more_often_than_kanji(atlas: GlyphAtlas) -> None:
    writing, codepoints = written(atlas, style(connection=0.8))

    kanji = codepoints >= FIRST_KANJI
    assert writing.follows_N[~kanji].mean() > 1.4 * writing.follows_N[kanji].mean() > 0


def test_nothing_is_joined_to_the_end_of_another_column(atlas: GlyphAtlas) -> None:
    writing, _ = written(atlas, style(connection=1.0))

    tops = np.flatnonzero(np.diff(writing.centers_N2[:, 1], prepend=np.inf) < 0)
    assert len(tops) >= len(XS)
    assert not writing.follows_N[tops].any()


def test_shi_runs_longer_and_varies_more_than_no(atlas: GlyphAtlas) -> None:
    writing, codepoints = written(atlas, style(size_spread=0.0))

    shi, no = (writing.scales_N2[codepoints == ord(c), 1] for c in "しの")
    assert shi.max() > 1.5 * no.max()
    assert shi.std() > 2 * no.std()


def test_split_notes_stand_small_in_two_columns_beside_each_other(atlas: GlyphAtlas) -> None:
    habits = style(notes=1.0, ragged=0.0, waviness=0.0)

    writing = Scribe(atlas, CORPUS, np.random.default_rng(0), habits).write_columns([100], 0, 2000)

    offsets, ys = writing.centers_N2[:, 0] - 100, writing.centers_N2[:, 1]
    right, left = offsets > 0.3 * habits.size, offsets < -0.3 * habits.size
    column = ~(left | right)
    assert min(left.sum(), right.sum(), column.sum()) > 5
    assert writing.scales_N2[left | right].mean() < 0.7 * writing.scales_N2[column].mean()
    assert (ys[left].min(), ys[left].max()) == pytest.approx(
        (ys[right].min(), ys[right].max()), abs=60
    )
    assert writing.labelled_N.all()


@pytest.mark.parametrize("character", LIBERTIES)
def test_liberties_are_least_before_most(character: str) -> None:
    narrowest, widest, shortest, tallest = LIBERTIES[character]

    assert 0 < narrowest < widest
    assert 0 < shortest < tallest


def test_columns_of_a_leaning_page_drift(atlas: GlyphAtlas) -> None:
    habits = style(lean=0.05, waviness=0.0, ragged=0.0)

    writing, _ = written(atlas, habits)

    xs, ys = writing.centers_N2[: len(writing) // len(XS)].T
    assert np.polyfit(ys, xs, 1)[0] == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize("katakana", [False, True])
def test_furigana_fall_back_on_hiragana_where_no_font_has_katakana(
    atlas: GlyphAtlas, katakana: bool
) -> None:
    habits = style(furigana=1.0, katakana=katakana)
    writing, codepoints = written(atlas, habits)

    small = write_furigana(atlas, np.random.default_rng(0), habits, writing, codepoints)

    assert len(small) > 5
    assert set(map(chr, atlas.codepoints_G[small.glyphs_N])) <= set(KANA)


def test_a_page_without_kanji_has_no_furigana(atlas: GlyphAtlas) -> None:
    habits = style(furigana=1.0)
    writing, _ = written(atlas, habits)
    kana = np.full(len(writing), ord("の"), np.int32)

    assert not len(write_furigana(atlas, np.random.default_rng(0), habits, writing, kana))


def test_some_blank_sheets_are_covers_and_covers_are_darker() -> None:
    sheets = [blank_sheet(np.random.default_rng(seed), 100, 100) for seed in range(60)]
    bare = np.zeros((64, 64), np.float32)

    leaf, cover = (
        np.mean([paint(bare, np.random.default_rng(n), None, cover=c) for n in range(20)])
        for c in (False, True)
    )

    assert {sheet.cover for sheet in sheets} == {False, True}
    assert cover < leaf - 20
