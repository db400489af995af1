"""Measures how many training crops one core renders, beside merely pasting as many glyphs.

OMP_NUM_THREADS=1 python benchmarks/synthesis_speed.py --fonts /usr/share/fonts --repeats 5
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from model.synthesis.atlas import GlyphAtlas, build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.render import render_crop
from tasks.fonts import SYSTEM_FOLDER
from tasks.training_sources import chosen_fonts, read_counts

SIDE = 512


def main() -> None:
    """Print crops a second of processor time: each repetition, and the medians' ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--text", type=Path)
    parser.add_argument("--characters", type=Path)
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    columns = chosen.text.read_text("utf-8").split() if chosen.text else DEFAULT_TEXT
    corpus = Corpus(columns, read_counts(chosen.characters) if chosen.characters else None)
    fonts = chosen_fonts(chosen.fonts or [SYSTEM_FOLDER])
    atlas = build_atlas(fonts, [int(c) for c in corpus.codepoints_C])
    counts = [len(_render(atlas, corpus, n)) for n in range(chosen.crops)]
    full, plain = [], []
    for _ in range(chosen.repeats):  # alternately, so that other load meets both alike
        full.append(_rate(lambda n: _render(atlas, corpus, n), chosen.crops))
        plain.append(_rate(lambda n: _paste(atlas, counts[n], n), chosen.crops))
    _say(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    _say(f"OpenCV {cv2.__version__}, NumPy {np.__version__}")
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    _say(f"load {load} on {os.cpu_count()} cores")
    _say(f"{len(fonts)} fonts, {len(atlas)} glyphs, {np.mean(counts):.0f} characters a crop")
    _say("rendered crops/s: " + ", ".join(f"{rate:.1f}" for rate in full))
    _say("glyphs only, crops/s: " + ", ".join(f"{rate:.1f}" for rate in plain))
    _say(f"medians {np.median(full):.1f} and {np.median(plain):.1f}")
    _say(f"rendering takes {np.median(plain) / np.median(full):.1f} times as long as pasting")


def _render(atlas: GlyphAtlas, corpus: Corpus, seed: int) -> list[int]:
    labelled = render_crop(atlas, corpus, np.random.default_rng(seed), SIDE)
    return [int(codepoint) for codepoint in labelled.labels.codepoints_N]


def _paste(atlas: GlyphAtlas, count: int, seed: int) -> None:
    """Lay as many glyphs at half their size on a white sheet, without any page around them."""
    rng = np.random.default_rng(seed)
    sheet_HW3 = np.full((SIDE, SIDE, 3), 255, np.uint8)
    glyphs = rng.integers(0, len(atlas), count).tolist()
    places_N2 = rng.integers(0, SIDE - atlas.size, (count, 2)).tolist()
    for glyph, (x, y) in zip(glyphs, places_N2, strict=True):
        ink_HW = cv2.resize(atlas.alpha(glyph), None, fx=0.5, fy=0.5)
        height, width = ink_HW.shape
        target_HW3 = sheet_HW3[y : y + height, x : x + width]
        visible_HW = ink_HW[: target_HW3.shape[0], : target_HW3.shape[1]]
        np.minimum(target_HW3, 255 - visible_HW[..., None], out=target_HW3)


def _rate(work: Callable[[int], object], crops: int) -> float:
    """Do something for each crop; give crops a second of processor time."""
    start = time.process_time()
    for number in range(crops):
        work(number)
    return crops / (time.process_time() - start)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
