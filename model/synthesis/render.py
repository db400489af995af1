"""Renders labelled training crops and whole pages."""

from dataclasses import replace
from functools import partial

import numpy as np

from model.characters import ImageArray, LabelledImage, Labels
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.bed import lay_on_bed
from model.synthesis.corpus import Corpus
from model.synthesis.damage import eat_holes, stamp_seal
from model.synthesis.furniture import (
    draw_boxes,
    draw_frame,
    draw_punctuation,
    draw_rules,
    reverse_runs,
    sprinkle_specks,
)
from model.synthesis.glosses import write_title
from model.synthesis.ink import paste_writing
from model.synthesis.noise import chance
from model.synthesis.paper import paint, scan, wear
from model.synthesis.picture import draw_picture
from model.synthesis.scribe import Scribe
from model.synthesis.sheet import Sheet, Turn, blank_sheet, page_sheet, turned, window_sheet
from model.synthesis.style import PageStyle, draw_style
from model.synthesis.writing import Writing

BLANK_SHARE = 0.06
REVERSED = 0.05  # share of pages on which headings are cut white on black
VISIBLE = 0.6  # a character cut by the image's edge is labelled from this share on


def render_crop(
    atlas: GlyphAtlas,
    corpus: Corpus,
    rng: np.random.Generator,
    size: int = 512,
    character_size: float = 28.0,
) -> LabelledImage:
    """Render a square window on a page.

    Args:
        atlas: glyphs to write with.
        corpus: what to write.
        rng: source of chance; the same state gives the same crop.
        size: side of the crop in pixels.
        character_size: median root of a character box' area in pixels, varied x0.7 to 1.5.
    """
    character_size *= float(np.exp(rng.uniform(np.log(0.7), np.log(1.5))))
    if chance(rng, BLANK_SHARE):
        sheet = blank_sheet(rng, size, size)
    else:
        sheet = window_sheet(rng, size, character_size)
    return _render(atlas, corpus, rng, (size, size), character_size, sheet)


def render_page(
    atlas: GlyphAtlas,
    corpus: Corpus,
    rng: np.random.Generator,
    height: int,
    width: int,
    character_size: float,
) -> LabelledImage:
    """Render a complete page with its margins.

    Args:
        atlas: glyphs to write with.
        corpus: what to write.
        rng: source of chance; the same state gives the same page.
        height: of the page in pixels.
        width: of the page in pixels.
        character_size: median root of a character box' area in pixels.
    """
    sheet = page_sheet(rng, height, width)
    return _render(atlas, corpus, rng, (height, width), character_size, sheet)


def _render(
    atlas: GlyphAtlas,
    corpus: Corpus,
    rng: np.random.Generator,
    shape: tuple[int, int],
    character_size: float,
    sheet: Sheet,
) -> LabelledImage:
    """Draw a sheet in the order in which it came to be: print, paper, age, scan."""
    style = draw_style(rng, character_size)
    turn = partial(turned, angle=style.tilt, center=(shape[1] / 2, shape[0] / 2))
    ink_HW = np.zeros(shape, np.uint8)
    writing = _write(ink_HW, Scribe(atlas, corpus, rng, style), sheet, turn)
    boxes_N4, visible_N = paste_writing(
        ink_HW, atlas, writing, rng, tilt=style.tilt, slant=style.slant, fading=style.fading
    )
    _mark(ink_HW, rng, writing, style)
    if chance(rng, REVERSED):
        reverse_runs(ink_HW, rng, boxes_N4)
    image_HW3 = paint(wear(ink_HW, rng), rng, sheet.fold, cover=sheet.cover)
    _age(image_HW3, rng, style)
    lay_on_bed(image_HW3, rng, sheet, turn)
    kept_N = writing.labelled_N & (visible_N >= VISIBLE)
    codepoints_N = atlas.codepoints_G[writing.glyphs_N[kept_N]]
    return LabelledImage(scan(image_HW3, rng), Labels(boxes_N4[kept_N], codepoints_N))


def _write(ink_HW: ImageArray, scribe: Scribe, sheet: Sheet, turn: Turn) -> Writing:
    """Lay out a sheet's text in image coordinates, and draw its frames, rules and pictures."""
    rng, style = scribe.rng, scribe.style
    parts = []
    for block in sheet.blocks:
        left, top, right, bottom = block
        xs = scribe.column_positions(left, right)
        parts.append(scribe.write_columns(xs, top, bottom))
        if style.title:
            parts.append(write_title(scribe.atlas, rng, style, block))
        if style.framed:
            draw_frame(ink_HW, rng, turn, block, style.size)
        if style.ruled:
            half = style.pitch * style.size / 2
            draw_rules(ink_HW, rng, turn, [x + half for x in xs[1:]], (top, bottom))
    for picture in sheet.pictures:
        draw_picture(ink_HW, rng, turn, picture)
    writing = Writing.joined(parts)
    if chance(rng, 0.06):
        draw_boxes(ink_HW, rng, turn, writing, style.size)
    return replace(writing, centers_N2=turn(writing.centers_N2))


def _mark(ink_HW: ImageArray, rng: np.random.Generator, writing: Writing, style: PageStyle) -> None:
    """Add what is no character: punctuation and specks of ink."""
    if style.punctuation:
        draw_punctuation(ink_HW, rng, writing, style.size, style.punctuation)
    if chance(rng, 0.3):
        sprinkle_specks(ink_HW, rng)


def _age(image_HW3: ImageArray, rng: np.random.Generator, style: PageStyle) -> None:
    """Stamp seals on the sheet and let worms into it, in place."""
    if chance(rng, 0.25):
        for _ in range(int(rng.integers(1, 4))):
            stamp_seal(image_HW3, rng, style.size)
    if chance(rng, 0.2):
        eat_holes(image_HW3, rng)
