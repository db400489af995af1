"""Ink and its labels: boxes hug the ink as drawn, furigana stays unlabelled."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.synthesis.atlas import GlyphAtlas, build_atlas
from model.synthesis.corpus import Corpus
from model.synthesis.fonts import INK
from model.synthesis.furniture import reverse_runs
from model.synthesis.glosses import write_title
from model.synthesis.ink import paste_writing
from model.synthesis.kana import MOTHER_KANJI
from model.synthesis.scribe import Scribe
from model.synthesis.sheet import blank_sheet, page_sheet, turned, window_sheet
from model.synthesis.style import PageStyle, draw_style
from model.synthesis.writing import Writing
from tasks.fonts import load_fonts

CORPUS = Corpus(["山川草木春秋花月の色は匂へと散りぬるを"])


@pytest.fixture(scope="module")
def atlas() -> GlyphAtlas:
    fonts = load_fonts([Path(__file__).parents[1] / "data" / "fonts"])
    return build_atlas(fonts, [*map(int, CORPUS.codepoints_C), *map(ord, MOTHER_KANJI)])


def style(seed: int = 0, **changes: float) -> PageStyle:
    return replace(draw_style(np.random.default_rng(seed), 28.0), **changes)


def one_glyph(glyph: int, x: float, y: float, scale: float = 0.7) -> Writing:
    return Writing(
        np.array([glyph]),
        np.array([[x, y]], np.float32),
        np.full((1, 2), scale, np.float32),
        np.ones(1, np.bool_),
        np.zeros(1, np.bool_),
    )


@pytest.mark.parametrize("tilt", [0.0, 0.3, -0.3])
@pytest.mark.parametrize("scale", [0.3, 0.7, 1.5])
def test_a_box_is_the_bounding_box_of_the_ink_as_drawn(
    atlas: GlyphAtlas, tilt: float, scale: float
) -> None:
    canvas = np.zeros((200, 200), np.uint8)
    rng = np.random.default_rng(0)

    boxes, visible = paste_writing(
        canvas, atlas, one_glyph(5, 100, 90, scale), rng, tilt=tilt, slant=0.1
    )

    rows, columns = np.nonzero(canvas > INK)
    x, y, width, height = boxes[0]
    assert (x, y) == (columns.min(), rows.min())
    assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
    assert visible[0] == 1


@pytest.mark.parametrize(("x", "share"), [(-200.0, 0.0), (0.0, 0.5), (100.0, 1.0), (400.0, 0.0)])
def test_ink_outside_the_image_is_not_in_the_box(atlas: GlyphAtlas, x: float, share: float) -> None:
    canvas = np.zeros((200, 200), np.uint8)
    rng = np.random.default_rng(0)

    boxes, visible = paste_writing(canvas, atlas, one_glyph(5, x, 90), rng, tilt=0, slant=0)

    assert visible[0] == pytest.approx(share, abs=0.1)
    assert boxes[0, 0] >= 0
    assert (boxes[0, 2] > 0) == (share > 0)


def test_furigana_is_smaller_than_its_kanji_and_unlabelled(atlas: GlyphAtlas) -> None:
    rng = np.random.default_rng(0)

    writing = Scribe(atlas, CORPUS, rng, style(furigana=1.0, notes=0.0)).write_columns(
        [100, 160, 220], 0, 500
    )

    furigana = ~writing.labelled_N
    assert furigana.sum() > 5
    assert writing.scales_N2[furigana].mean() < 0.6 * writing.scales_N2[~furigana].mean()


def test_without_furigana_and_notes_every_glyph_is_labelled(atlas: GlyphAtlas) -> None:
    rng = np.random.default_rng(0)

    writing = Scribe(atlas, CORPUS, rng, style(furigana=0.0)).write_columns([100], 0, 500)

    assert writing.labelled_N.all()


def test_columns_run_from_right_to_left_and_characters_downwards(atlas: GlyphAtlas) -> None:
    scribe = Scribe(atlas, CORPUS, np.random.default_rng(0), style(furigana=0.0, notes=0.0))

    xs = scribe.column_positions(0, 400)
    writing = scribe.write_columns(xs[:1], 0, 500)

    assert xs == sorted(xs, reverse=True)
    assert (np.diff(writing.centers_N2[:, 1]) > -10).all()


@pytest.mark.parametrize(("top", "bottom"), [(0, 0), (0, 5), (100, 50)])
def test_no_room_means_nothing_written(atlas: GlyphAtlas, top: float, bottom: float) -> None:
    scribe = Scribe(atlas, CORPUS, np.random.default_rng(0), style(notes=1.0))

    assert len(scribe.write_columns([50.0], top, bottom)) == 0
    assert scribe.column_positions(50, 40) == []


def test_a_quarter_turn_takes_right_to_below() -> None:
    points = turned(np.array([[2, 1]], np.float32), np.pi / 2, (1, 1))

    assert points == pytest.approx(np.array([[1, 2]]))


@pytest.mark.parametrize("seed", range(20))
def test_text_lies_on_the_paper_and_blank_sheets_have_none(seed: int) -> None:
    rng = np.random.default_rng(seed)

    for sheet in (page_sheet(rng, 900, 600), window_sheet(rng, 512, 28.0)):
        for left, top, right, bottom in sheet.blocks:
            assert sheet.paper[0] < left
            assert right < sheet.paper[2]
            assert sheet.paper[1] < top
            assert bottom < sheet.paper[3]
    assert not blank_sheet(rng, 100, 100).blocks


def test_glosses_are_small_and_unlabelled(atlas: GlyphAtlas) -> None:
    habits = style(furigana=0.0, notes=0.0, headings=0.0, glosses=1.0)

    writing = Scribe(atlas, CORPUS, np.random.default_rng(1), habits).write_columns(
        [100, 160, 220], 0, 500
    )

    small = ~writing.labelled_N
    assert small.sum() > 5
    assert writing.scales_N2[small].mean() < 0.7 * writing.scales_N2[~small].mean()


def test_a_title_in_the_fold_is_unlabelled_and_beside_the_text(atlas: GlyphAtlas) -> None:
    title = write_title(atlas, np.random.default_rng(2), style(), (100, 50, 400, 450))

    xs = title.centers_N2[:, 0]
    assert len(title)
    assert not title.labelled_N.any()
    assert ((xs < 100) | (xs > 400)).all()


def test_a_fading_brush_leaves_less_ink_in_the_same_places(atlas: GlyphAtlas) -> None:
    writing = Scribe(atlas, CORPUS, np.random.default_rng(3), style()).write_columns(
        [100, 200], 0, 300
    )
    fresh, faded = np.zeros((300, 300), np.uint8), np.zeros((300, 300), np.uint8)

    boxes, _ = paste_writing(fresh, atlas, writing, np.random.default_rng(4), tilt=0, slant=0)
    paste_writing(faded, atlas, writing, np.random.default_rng(4), tilt=0, slant=0, fading=0.5)

    assert len(boxes)
    assert (faded <= fresh).mean() > 0.99
    assert faded.sum() < 0.95 * fresh.sum()


def test_reversed_headings_keep_their_strokes_as_light_on_dark() -> None:
    canvas = np.zeros((60, 60), np.uint8)
    canvas[20:40, 25:28] = 255
    box = np.array([[25, 20, 3, 20]], np.float32)

    reverse_runs(canvas, np.random.default_rng(0), box)

    assert (canvas[20:40, 25:28] == 0).all()
    assert (canvas[22:38, 22:25] == 255).all()
    assert not canvas[:10].any()
