"""Measures the reading order: pairs on true boxes, character error rate on real pages, time.

KUZUSHIJI_DATA=... python benchmarks/reading_order.py [boxes_dev] [text_dev] [time] ...

"plain" is the peer: columns a median character wide, from right to left, each downwards.
"""

import csv
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np

from model.characters import FloatArray, IntArray, PageReading
from model.layout import IndexArray, Role, layout_to_text
from model.page import CANDIDATE_SIDES, Page
from model.reader import PageReader
from model.reading_order import page_layout, reading_order
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.render import render_page
from model.text_metric import TextCounts, count_edits
from tasks.challenge import read_labels
from tasks.fonts import SYSTEM_FOLDER, load_fonts
from tasks.models import load_model
from tasks.page_alignment import open_reader
from tasks.page_image import decode_page

SYNTHETIC_PAGES = 60
MISSING = 0.1  # of the characters, in the second measurement on synthetic pages

Order = Callable[[FloatArray], IndexArray]


def main(parts: list[str]) -> None:
    """Print the measurements that were asked for, all by default."""
    measurements = {
        "layout_boxes": measure_layout_boxes,
        "text_train": measure_texts,
        "synthetic": measure_synthetic,
        "time": measure_time,
        "boxes_dev": measure_true_boxes,
        "text_dev": measure_texts,
    }
    for name in parts or measurements:
        print(f"\n{name}")
        measurements[name](Path(os.environ["KUZUSHIJI_DATA"]) / name)


def plain_order(boxes_N4: FloatArray) -> IndexArray:
    """Sort by the column that a grid of median widths puts a character in, then downwards."""
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    columns_N = np.rint(centers_N2[:, 0] / np.median(boxes_N4[:, 2]))
    return np.lexsort((centers_N2[:, 1], -columns_N))


def measure_layout_boxes(folder: Path) -> None:
    """Compare with the order of the file, which is the reading order but for late additions."""
    pages = read_layout_boxes(folder)
    print_pairs(pages)
    print_furigana(pages)
    torn = sum(count_torn_neighbours(boxes_N4) for boxes_N4 in pages.values())
    print(f"{torn} pairs that stand below each other in the file and on the page are torn apart")


def count_torn_neighbours(boxes_N4: FloatArray) -> int:
    """Count i, i + 1 that overlap sideways, nearly touch, and do not follow each other."""
    follows = set(pairwise(reading_order(boxes_N4).tolist()))
    left_N, top_N, right_N, bottom_N = np.hstack(
        [boxes_N4[:, :2], boxes_N4[:, :2] + boxes_N4[:, 2:]]
    ).T
    size = float(np.median(boxes_N4[:, 3]))
    shared_N = np.minimum(right_N[1:], right_N[:-1]) - np.maximum(left_N[1:], left_N[:-1])
    close_N = (shared_N > 0) & (np.abs(top_N[1:] - bottom_N[:-1]) < size / 2)
    return sum((i, i + 1) not in follows for i in np.flatnonzero(close_N).tolist())


def measure_true_boxes(folder: Path) -> None:
    """Order true boxes, then read the text off them: what remains without recognition errors."""
    labels = read_labels(folder / "train.csv")
    print_pairs({page: truth.boxes_N4 for page, truth in labels.items()})
    counts = TextCounts()
    for truth in labels.values():
        written = "".join(map(chr, truth.codepoints_N.tolist()))
        counts += count_edits(written, text_of(truth.codepoints_N, truth.boxes_N4))
    print(f"CER of the text read off the true boxes: {counts.error_rate:.4f}")


def measure_texts(folder: Path) -> None:
    """Read pages with the built-in model and compare with their transcriptions."""
    model = load_model()
    reader = open_reader(model.artifact, "auto")
    totals = dict.fromkeys(("page_layout", "plain", "any order"), TextCounts())
    for path, truth in read_transcriptions(folder):
        reading = read_page(reader, path)
        best_N = reading.codepoints_NK[:, 0]
        plain_N = plain_order(reading.boxes_N4) if len(reading) else np.zeros(0, np.int64)
        totals["page_layout"] += count_edits(truth, text_of(best_N, reading.boxes_N4))
        totals["plain"] += count_edits(truth, "".join(map(chr, best_N[plain_N].tolist())))
        totals["any order"] += count_unordered(truth, best_N)
    for name, counts in totals.items():
        print(f"CER {name:<12} {counts.error_rate:.4f} of {counts.length} characters")
    print(f"model {model.digest[:12]}; any order: what would remain if order were no matter")


def measure_synthetic(_: Path) -> None:
    """Order the labelled boxes of rendered pages, whole and with errors of detection."""
    corpus = Corpus(DEFAULT_TEXT)
    atlas = build_atlas(load_fonts([SYSTEM_FOLDER]), [int(c) for c in corpus.codepoints_C])
    whole: dict[str, FloatArray] = {}
    missing: dict[str, FloatArray] = {}
    for n in range(SYNTHETIC_PAGES):
        rng = np.random.default_rng([20261125, n])
        size = float(rng.uniform(28, 60))
        page = render_page(atlas, corpus, rng, 1400, 1900 if n % 4 == 0 else 960, size)
        boxes_N4 = whole[str(n)] = page.labels.boxes_N4
        missing[str(n)] = boxes_N4[rng.random(len(boxes_N4)) > MISSING]
    print_pairs(whole)
    print_furigana(whole)
    print(f"with {MISSING:.0%} of the characters missing:")
    print_pairs(missing)


def print_furigana(pages: dict[str, FloatArray]) -> None:
    """Print how many boxes are taken for furigana: in labels there are none."""
    taken = sum(int((page_layout(b).role_N == Role.furigana).sum()) for b in pages.values())
    print(f"{taken} of {sum(map(len, pages.values()))} characters are taken for furigana")


def measure_time(_: Path) -> None:
    """Time pages of several densities, columns of 30 characters."""
    for count in (200, 600, 1200):
        rng = np.random.default_rng(count)
        grid_N2 = np.stack(np.divmod(np.arange(count), 30), 1) * (-80, 44)
        boxes_N4 = np.hstack(
            [grid_N2 + rng.normal(0, 4, (count, 2)), rng.uniform(20, 44, (count, 2))]
        )
        seconds = sorted(timed(boxes_N4.astype(np.float32)) for _ in range(20))
        print(f"{count:>5} characters: {1000 * seconds[len(seconds) // 2]:.1f} ms")


def timed(boxes_N4: FloatArray) -> float:
    """Seconds for one page."""
    start = perf_counter()
    page_layout(boxes_N4)
    return perf_counter() - start


def print_pairs(pages: dict[str, FloatArray]) -> None:
    """Print how many neighbours in the true order stay neighbours."""
    orders: dict[str, Order] = {"page_layout": reading_order, "plain": plain_order}
    for name, order in orders.items():
        right = {page: count_right_pairs(boxes_N4, order) for page, boxes_N4 in pages.items()}
        pairs = sum(max(0, len(boxes_N4) - 1) for boxes_N4 in pages.values())
        exact = sum(right[page] == max(0, len(boxes_N4) - 1) for page, boxes_N4 in pages.items())
        print(
            f"{name:<12} {sum(right.values())} of {pairs} pairs "
            f"({sum(right.values()) / pairs:.4f}), {exact} of {len(pages)} pages exact"
        )


def count_right_pairs(boxes_N4: FloatArray, order: Order) -> int:
    """Give the boxes shuffled; count i, i + 1 that follow each other in the answer."""
    shuffle = np.random.default_rng(0).permutation(len(boxes_N4))
    found = shuffle[order(boxes_N4[shuffle])].tolist()
    return sum(second == first + 1 for first, second in pairwise(found))


def text_of(codepoints_N: IntArray, boxes_N4: FloatArray) -> str:
    """The page's text as `page_layout` orders it, furigana left out."""
    return layout_to_text(codepoints_N, page_layout(boxes_N4))


def count_unordered(truth: str, codepoints_N: IntArray) -> TextCounts:
    """Edits between the two as bags of characters: no order has fewer."""
    wanted, found = Counter(truth), Counter(map(chr, codepoints_N.tolist()))
    return TextCounts(max(len(truth), len(codepoints_N)) - (wanted & found).total(), len(truth))


def read_page(reader: PageReader, path: Path) -> PageReading:
    """Read one scan."""
    page = decode_page(path.read_bytes(), max_long_side=CANDIDATE_SIDES[-1])
    return reader.read([Page(page.image_HW3, page.page_width, page.page_height)])[0]


def read_transcriptions(folder: Path) -> Iterator[tuple[Path, str]]:
    """Scans with their texts."""
    with (folder / "transcriptions.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield next((folder / "images").glob(f"{row['image_id']}.*")), row["text"]


def read_layout_boxes(folder: Path) -> dict[str, FloatArray]:
    """The characters' boxes of each page, once, in file order."""
    sources: dict[str, Path] = {}
    pages: dict[str, list[list[float]]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                page = row["image_name"]
                if row["label_name"] == "Kuzushiji" and sources.setdefault(page, path) == path:
                    box = [float(row[f"bbox_{side}"]) for side in ("x", "y", "width", "height")]
                    pages.setdefault(page, []).append(box)
    return {page: np.array(boxes, np.float32) for page, boxes in pages.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
