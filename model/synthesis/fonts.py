"""Fonts and glyph photographs as sources of ink: character -> alpha image."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from PIL import ImageFont

from model.characters import ImageArray

Style = Literal["cursive", "semicursive", "brush", "hentaigana", "print"]
INK = 64  # alpha above which a pixel counts as ink


@dataclass(frozen=True, slots=True)
class FontSource:
    """One font file.

    Attributes:
        name: how the font is called in model cards.
        data: bytes of a TrueType, OpenType or WOFF file.
        style: cursive (sosho), semicursive (gyosho), brush (kaisho), hentaigana (kana drawn as
            their historical variants) or print (only used where no other font has a glyph).
        licence: the font's licence in words or as SPDX identifier.
    """

    name: str
    data: bytes
    style: Style
    licence: str


@dataclass(frozen=True, slots=True, eq=False)
class StrokeSet:
    """Photographed glyphs of one character, such as KMNIST's.

    Attributes:
        codepoint: the character that they show.
        images_NHW: uint8, ink 255 on 0.
    """

    codepoint: int
    images_NHW: ImageArray


def ink_box(alpha_HW: ImageArray) -> tuple[int, int, int, int]:
    """Find the bounding box (x, y, width, height) of the ink; of no width where there is none."""
    _, ink_HW = cv2.threshold(alpha_HW, INK, 1, cv2.THRESH_BINARY)
    x, y, width, height = cv2.boundingRect(ink_HW)
    return x, y, width, height


def crop_ink(alpha_HW: ImageArray) -> ImageArray:
    """Cut an alpha image to its ink's bounding box; nothing is left where there is no ink."""
    x, y, width, height = ink_box(alpha_HW)
    return alpha_HW[y : y + height, x : x + width]


def rasterizer(font: FontSource, size: int) -> Callable[[int], ImageArray | None]:
    """Prepare drawing single characters of a font.

    Args:
        font: the font file.
        size: pixels per em.

    Returns:
        A function from code point to its tight uint8 alpha image, or None where the font has no
        glyph: blank, or equal to the glyph of a character that no font has.
    """
    face = ImageFont.truetype(io.BytesIO(font.data), size)

    def draw(text: str) -> ImageArray:
        mask = face.getmask(text, mode="L")
        return np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])

    missing = draw("\U0010fffe").tobytes()

    def draw_covered(codepoint: int) -> ImageArray | None:
        alpha_HW = draw(chr(codepoint))
        if alpha_HW.size == 0 or alpha_HW.tobytes() == missing:
            return None
        glyph_HW = crop_ink(alpha_HW)
        return glyph_HW if glyph_HW.size > 1 else None

    return draw_covered


def stroke_glyphs(strokes: StrokeSet, size: int) -> Iterable[ImageArray]:
    """Enlarge photographed glyphs to an atlas' size and sharpen the edge that enlarging blurs.

    Args:
        strokes: the photographs.
        size: pixels per em; a photograph's frame counts as 1.1 em.
    """
    for image_HW in strokes.images_NHW:
        large_HW = cv2.resize(image_HW, (size, size), interpolation=cv2.INTER_CUBIC)
        steep_HW = np.clip((large_HW.astype(np.float32) - 70) * 2, 0, 255).astype(np.uint8)
        glyph_HW = crop_ink(steep_HW)
        if glyph_HW.size > 1:
            yield glyph_HW
