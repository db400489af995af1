"""Draws what synthesis renders, and real pages below it for whoever has them.

python docs/images/synthetic_crops.py docs/images/synthetic-crops.jpg --fonts /usr/share/fonts
KUZUSHIJI_DATA=DIR python docs/images/synthetic_crops.py side-by-side.jpg --real

The second shows scans under CC BY-SA 4.0 (doi:10.20676/00000340): keep it with their attribution.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from model.characters import ImageArray
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import Corpus
from model.synthesis.render import render_crop
from tasks.fonts import SYSTEM_FOLDER
from tasks.page_image import decode_page
from tasks.training_sources import chosen_fonts, read_counts

COLUMNS, SIDE = 4, 320
PAGE_WIDTH = 770  # pixels; at this width characters of most books measure about 28, as rendered


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true")
    chosen = parser.parse_args()
    data = Path(os.environ["KUZUSHIJI_DATA"]) if "KUZUSHIJI_DATA" in os.environ else None
    count = COLUMNS * chosen.rows
    crops = list(render(count, chosen.fonts or [SYSTEM_FOLDER], chosen.seed, data))
    if chosen.real and data is None:
        parser.error("--real needs KUZUSHIJI_DATA, the folder of the development scans")
    if chosen.real and data is not None:
        crops += list(cut(sorted((data / "text_train" / "images").glob("*.jpg")), count))
    rows = [np.hstack(crops[n : n + COLUMNS]) for n in range(0, len(crops), COLUMNS)]
    Image.fromarray(np.vstack(rows)).save(chosen.picture, quality=72)


def render(count: int, fonts: list[Path], seed: int, data: Path | None) -> Iterator[ImageArray]:
    """Render crops, of the development texts where there are any."""
    corpus = Corpus()
    if data is not None:
        columns = (data / "columns.txt").read_text("utf-8").split()
        corpus = Corpus(columns, read_counts(data / "codh_char_counts.csv"))
    atlas = build_atlas(chosen_fonts(fonts), [int(c) for c in corpus.codepoints_C])
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        yield render_crop(atlas, corpus, rng, SIDE).image_HW3


def cut(pages: list[Path], count: int) -> Iterator[ImageArray]:
    """Cut windows of the same size and scale out of scans, spread over all of them."""
    rng = np.random.default_rng(0)
    for path in pages[:: max(1, len(pages) // count)][:count]:
        page_HW3 = decode_page(path.read_bytes()).image_HW3
        height = round(page_HW3.shape[0] * PAGE_WIDTH / page_HW3.shape[1])
        size = (PAGE_WIDTH, height)
        small_HW3 = np.asarray(cv2.resize(page_HW3, size, interpolation=cv2.INTER_AREA), np.uint8)
        x, y = (int(rng.integers(side // 10, side * 9 // 10 - SIDE)) for side in size)
        yield small_HW3[y : y + SIDE, x : x + SIDE]


if __name__ == "__main__":
    main()
