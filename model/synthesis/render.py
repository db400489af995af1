"""Renders labelled training crops and whole pages."""

from functools import partial

import numpy as np

from model.characters import ImageArray, LabelledImage, Labels
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.corpus import Corpus
from model.synthesis.damage import Turn, eat_holes, lay_on_bed, stamp_seal
from model.synthesis.furniture import draw_frame, draw_picture, draw_rules
from model.synthesis.ink import paste_writing, turned
from model.synthesis.layout import PageStyle, Scribe, Writing, concatenate, draw_style
from model.synthesis.paper import paint, scan, wear
from model.synthesis.sheet import Sheet, blank_sheet, page_sheet, window_sheet

BLANK_SHARE = 0.05
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
    if rng.random() < BLANK_SHARE:
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
    """Draw a sheet in the order in which it came to be: print, ink, paper, age, scan."""
    style = draw_style(rng, character_size)
    turn = partial(turned, angle=style.tilt, center=(shape[1] / 2, shape[0] / 2))
    ink_HW = np.zeros(shape, np.uint8)
    writing = _write(ink_HW, Scribe(atlas, corpus, rng, style), sheet, turn)
    boxes_N4, visible_N = paste_writing(
        ink_HW, atlas, writing, rng, tilt=style.tilt, slant=style.slant
    )
    image_HW3 = paint(wear(ink_HW, rng), rng, sheet.fold)
    _age(image_HW3, rng, sheet, style, turn)
    kept_N = writing.labelled_N & (visible_N >= VISIBLE)
    codepoints_N = atlas.codepoints_G[writing.glyphs_N[kept_N]].astype(np.int32)
    return LabelledImage(scan(image_HW3, rng), Labels(boxes_N4[kept_N], codepoints_N))


def _write(ink_HW: ImageArray, scribe: Scribe, sheet: Sheet, turn: Turn) -> Writing:
    """Fill a sheet's blocks with text, frames and rules, and draw its pictures."""
    rng, style = scribe.rng, scribe.style
    framed, ruled = rng.random() < 0.45, rng.random() < 0.2  # noqa: PLR2004
    parts = []
    for block in sheet.blocks:
        left, top, right, bottom = block
        xs = scribe.column_positions(left, right)
        parts.append(scribe.write_columns(xs, top, bottom))
        if framed:
            draw_frame(ink_HW, rng, turn, block, style.size)
        if ruled:
            half = style.pitch * style.size / 2
            draw_rules(ink_HW, rng, turn, [x + half for x in xs[1:]], (top, bottom))
    for picture in sheet.pictures:
        draw_picture(ink_HW, rng, turn, picture)
    return concatenate(parts)


def _age(
    image_HW3: ImageArray, rng: np.random.Generator, sheet: Sheet, style: PageStyle, turn: Turn
) -> None:
    """Stamp, eat and frame the sheet, in place."""
    if rng.random() < 0.25:  # noqa: PLR2004
        for _ in range(int(rng.integers(1, 4))):
            stamp_seal(image_HW3, rng, style.size)
    if rng.random() < 0.2:  # noqa: PLR2004
        eat_holes(image_HW3, rng)
    lay_on_bed(image_HW3, rng, sheet, turn)
