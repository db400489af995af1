"""How far boxes that rounds of adaptation assigned lie beside those of a model without any round.

KUZUSHIJI_DATA=DIR python benchmarks/box_drift.py LABELS --model REFERENCE [--output MOVED]

LABELS are those of an alignment of `text_train`; REFERENCE has learned from rendered pages alone,
where boxes are true. Offsets are medians in character sizes of the page. MOVED gets the labels
with their median offset taken back.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from measuring import page_of

from model.characters import Labels
from model.reader import PageReader
from tasks.label_sources.aligned import AlignedPage, read_aligned_pages, write_aligned
from tasks.label_sources.scan_place import CONFIGURATION
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.page_alignment import open_reader

SOUGHT_SIZE = 33.0  # of the models that the labels come from
PRESENT = 0.35
NEAR = 0.4  # character sizes between two boxes of one character, at most

OffsetArray = npt.NDArray[np.float64]


def main() -> None:
    """Measure, and move the boxes if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels")
    parser.add_argument("--model", required=True)
    parser.add_argument("--output")
    chosen = parser.parse_args()
    store = open_store(chosen.labels)
    pages = read_aligned_pages(store)
    reader = open_reader(load_model(chosen.model).artifact, "cpu")
    reader.finder.sought_size = SOUGHT_SIZE
    offsets = {page.page: offsets_of(page, reader) for page in pages if len(named_boxes(page))}
    for name, of_page in offsets.items():
        drift = np.median(of_page, 0).round(3) if len(of_page) else "nothing to compare"
        print(f"{name}: {len(of_page)} characters, {drift}")
    of_all = np.median(np.concatenate(list(offsets.values())), 0)
    print(f"all: x, y, log width, log height {of_all.round(4)}")
    if chosen.output is not None:
        moved = [moved_back(page, of_all[:2]) for page in pages]
        facts = json.loads(store.get(CONFIGURATION))
        write_aligned(open_store(chosen.output, create=True), facts["archive"], moved, {})


def offsets_of(page: AlignedPage, reader: PageReader) -> OffsetArray:
    """Offsets, in character sizes, and log ratios of sides to the reader's boxes, N4.

    N are the characters that both have: each box is the other's nearest.
    """
    folder = Path(os.environ["KUZUSHIJI_DATA"]) / "text_train"
    found = reader.detect_as_read(page_of((folder / page.page).read_bytes()))
    theirs_M4 = found.boxes_N4[found.presence_N > PRESENT]
    ours_N4 = named_boxes(page)
    if not len(theirs_M4):
        return np.empty((0, 4))
    off_MN2 = middles(ours_N4)[None] - middles(theirs_M4)[:, None]
    distance_MN = np.linalg.norm(off_MN2, axis=2) / size_of(page)
    nearest_N = distance_MN.argmin(0)
    mine_N = distance_MN[nearest_N].argmin(1) == np.arange(len(ours_N4))
    same = np.flatnonzero(mine_N & (distance_MN.min(0) < NEAR))
    places = off_MN2[nearest_N[same], same] / size_of(page)
    sides = np.log(ours_N4[same, 2:] / theirs_M4[nearest_N[same], 2:])
    return np.concatenate([places, sides], 1)


def moved_back(page: AlignedPage, drift_2: OffsetArray) -> AlignedPage:
    """Take an offset, in character sizes, back."""
    if not len(named_boxes(page)):
        return page
    boxes_N4 = page.labels.boxes_N4.copy()
    boxes_N4[:, :2] -= drift_2 * size_of(page)
    return replace(page, labels=Labels(boxes_N4, page.labels.codepoints_N))


def named_boxes(page: AlignedPage) -> npt.NDArray[np.float32]:
    """The boxes of a page's named characters."""
    return page.labels.boxes_N4[page.labels.codepoints_N >= 0]


def middles(boxes_N4: npt.NDArray[np.float32]) -> OffsetArray:
    """The middles of boxes, N2."""
    return np.asarray(boxes_N4[:, :2] + boxes_N4[:, 2:] / 2, np.float64)


def size_of(page: AlignedPage) -> float:
    """The usual longer side of a page's characters, as `model.crop` scales pages by."""
    return float(np.median(named_boxes(page)[:, 2:].max(1)))


if __name__ == "__main__":
    main()
