"""Draws some kanji in each hand that writes by stroke order.

python docs/images/brush_hands.py docs/images/brush-hands.png --fonts NPM_FONTS
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from model.characters import ImageArray
from model.synthesis.brush import BrushSource
from tasks.fonts import SYSTEM_FOLDER
from tasks.training_sources import chosen_fonts

KANJI = "東見時書無難第間屋國歸藥"
SIZE, CELL = 72, 96


def main() -> None:
    """Write the picture: a row for each hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    chosen = parser.parse_args()
    fonts = chosen_fonts([SYSTEM_FOLDER, *chosen.fonts])
    rows = [row(font) for font in fonts if isinstance(font, BrushSource)]
    if not rows:
        parser.error("no stroke orders are below --fonts; docs/fonts.md tells how to get them")
    Image.fromarray(255 - np.vstack(rows)).save(chosen.picture, optimize=True)


def row(brush: BrushSource) -> ImageArray:
    """Write the kanji side by side."""
    draw = brush.rasterizer(SIZE)
    return np.hstack([centred(draw(ord(kanji))) for kanji in KANJI])


def centred(alpha_HW: ImageArray | None) -> ImageArray:
    """Put a glyph into the middle of its cell."""
    cell_HW = np.zeros((CELL, CELL), np.uint8)
    if alpha_HW is not None:
        glyph_HW = alpha_HW[:CELL, :CELL]
        height, width = glyph_HW.shape
        top, left = (CELL - height) // 2, (CELL - width) // 2
        cell_HW[top : top + height, left : left + width] = glyph_HW
    return cell_HW


if __name__ == "__main__":
    main()
