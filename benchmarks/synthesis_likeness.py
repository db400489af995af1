"""Compares rendered crops with real pages: tones of the red channel, and how text is laid out.

KUZUSHIJI_DATA=DIR python benchmarks/synthesis_likeness.py --fonts /usr/share/fonts

Every line gives the 5th, 25th, 50th, 75th and 95th percentile over pages or crops: real, synthetic.
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray, LabelledImage
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import Corpus
from model.synthesis.render import render_crop
from tasks.fonts import SYSTEM_FOLDER
from tasks.page_image import decode_page
from tasks.training_sources import chosen_fonts, read_counts

SIDE, PAGE_WIDTH = 512, 770  # pixels: at this width most books' characters measure about 28
FEWEST = 40  # characters; emptier crops say little about layout
# In character sizes: what counts as the same column and line, as below, as the next column, and
# from which gap on a box no longer follows the one above it.
ALIGNED, BELOW, NEXT_COLUMN, APART = 0.5, 0.15, 0.7, 1.5
PERCENTILES = (5, 25, 50, 75, 95)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--crops", type=int, default=300)
    chosen = parser.parse_args()
    data = Path(os.environ["KUZUSHIJI_DATA"])
    crops = list(_rendered(data, chosen.fonts or [SYSTEM_FOLDER], chosen.crops))
    scans = sorted((data / "text_train" / "images").glob("*.jpg"))
    _print(
        [tones(red_HW) for red_HW in _windows(scans)], [tones(c.image_HW3[..., 0]) for c in crops]
    )
    real = [boxes_N4 for boxes_N4 in _annotated(data / "layout_boxes") if len(boxes_N4) >= FEWEST]
    _print([layout(b) for b in real], [layout(crop.labels.boxes_N4) for crop in crops])


def tones(red_HW: ImageArray) -> dict[str, float]:
    """Measure the brightness of paper and ink, noise and sharpness of a window of text."""
    red_HW = np.asarray(red_HW, np.float32)
    paper, ink = np.median(red_HW), np.percentile(red_HW, 2)
    bare_HW = cv2.erode((red_HW > paper - 10).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    edges_HW = np.abs(np.diff(red_HW, axis=1))
    return {
        "paper": float(paper),
        "ink": float(ink),
        "contrast": float((paper - ink) / paper),
        "noise of bare paper": float(np.median(np.abs(cv2.Laplacian(red_HW, cv2.CV_32F))[bare_HW])),
        "sharpness": float(np.percentile(edges_HW, 99) / (paper - ink + 1)),
        "share of ink": float((red_HW < (paper + ink) / 2).mean()),
    }


def layout(boxes_N4: FloatArray) -> dict[str, float]:
    """Measure pitch, gaps and shapes of boxes, in character sizes."""
    size = float(np.median(np.sqrt(boxes_N4[:, 2] * boxes_N4[:, 3])))
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    gaps, pitches = [], []
    for (x, y), box in zip(centers_N2, boxes_N4, strict=True):
        right_N, down_N = (centers_N2 - (x, y)).T / size
        below = np.flatnonzero((np.abs(right_N) < ALIGNED) & (down_N > BELOW))
        if len(below):
            following = boxes_N4[below[down_N[below].argmin()]]
            gaps.append((following[1] - box[1] - box[3]) / size)
        beside_N = right_N[(np.abs(down_N) < ALIGNED) & (right_N < -NEXT_COLUMN)]
        pitches += [-float(beside_N.max())] if len(beside_N) else []
    gaps_N = np.array([gap for gap in gaps if gap < APART] or [np.nan])
    return {
        "column pitch": float(np.median(pitches)) if pitches else np.nan,
        "mean gap": float(gaps_N.mean()),
        "spread of gaps": float(gaps_N.std()),
        "boxes that overlap the next": float((gaps_N < 0).mean()),
        "height by width": float(np.median(boxes_N4[:, 3] / boxes_N4[:, 2])),
        "spread of log size": float(np.log(boxes_N4[:, 2] * boxes_N4[:, 3]).std() / 2),
        "spread of log width": float(np.log(boxes_N4[:, 2]).std()),
        "spread of log height": float(np.log(boxes_N4[:, 3]).std()),
    }


def _rendered(data: Path, fonts: Sequence[Path], count: int) -> Iterator[LabelledImage]:
    """Render crops and keep those with enough text."""
    counts = read_counts(data / "codh_char_counts.csv")
    corpus = Corpus((data / "columns.txt").read_text("utf-8").split(), counts)
    atlas = build_atlas(chosen_fonts(fonts), list(counts))
    for number in range(count):
        crop = render_crop(atlas, corpus, np.random.default_rng(number), SIDE)
        if len(crop.labels) >= FEWEST:
            yield crop


def _windows(scans: Sequence[Path]) -> Iterator[ImageArray]:
    """Cut two windows out of the red channel of every scan, at the crops' scale."""
    rng = np.random.default_rng(0)
    for path in scans:
        red_HW = decode_page(path.read_bytes()).image_HW3[..., 0]
        size = (PAGE_WIDTH, round(red_HW.shape[0] * PAGE_WIDTH / red_HW.shape[1]))
        small_HW = np.asarray(cv2.resize(red_HW, size, interpolation=cv2.INTER_AREA), np.uint8)
        for _ in range(2):
            x, y = (int(rng.integers(60, side - SIDE - 60)) for side in size)
            yield small_HW[y : y + SIDE, x : x + SIDE]


def _annotated(folder: Path) -> Iterator[FloatArray]:
    """Read the boxes of every page, once each."""
    pages: dict[str, set[tuple[float, ...]]] = defaultdict(set)
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                box = tuple(float(row[f"bbox_{side}"]) for side in ("x", "y", "width", "height"))
                pages[row["image_name"]].add(box)
    for boxes in pages.values():
        yield np.array(sorted(boxes), np.float32)


def _print(real: Sequence[Mapping[str, float]], made: Sequence[Mapping[str, float]]) -> None:
    for name in real[0]:
        cells = (
            " ".join(f"{np.nanpercentile([m[name] for m in one], p):.2f}" for p in PERCENTILES)
            for one in (real, made)
        )
        sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
