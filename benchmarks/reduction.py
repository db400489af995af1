"""What it costs to average areas where a page is reduced a little, and what it changes in reading.

[KUZUSHIJI_DATA=...] python benchmarks/reduction.py [--pages 48]

By the factor from which areas are averaged; below it pixels are interpolated between neighbours.
Milliseconds: a core's, from the bytes of a scan to the images that the reader looks at. F1 of the
demo archive and of rendered scans of 3,000 px, character error rates of transcribed pages.
"""

import argparse
from collections.abc import Iterable
from statistics import median
from time import process_time
from unittest.mock import patch

import cv2
from measuring import (
    demo_scans,
    error_rate,
    page_counts,
    page_of,
    rendered_scans,
    save,
    transcribed_scans,
)

from model.metric import Counts
from model.page_scale import PROBE_SIDE, naming_sides
from model.reader import PageReader
from model.reduction import reduce
from tasks.engines import TORCH, open_engine
from tasks.models import BUILTIN, load_model, with_context

FACTORS = (1.0, 1.25, 1.5, 1.7)
SIDE = 960  # as a page of a book is read
TIMES = 5


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=48)
    rendered = rendered_scans(parser.parse_args().pages, (75.0, 115.0), 3000, seed=77)
    labelled = {"demo": demo_scans(), "rendered": rendered}
    transcribed = {name: transcribed_scans(name) for name in ("text_dev", "text_train")}
    model = with_context(load_model(), BUILTIN)
    reader = PageReader(model.artifact, open_engine(TORCH, model, "cpu"), model.context)
    rows = []
    for factor in FACTORS:
        with patch("model.reduction.AREAS_FROM", factor):
            row = {"areas_from": factor, "milliseconds": milliseconds(data for data, _ in rendered)}
            for name, scans in labelled.items():
                pages = [(page_of(data, 1), labels) for data, labels in scans]
                row[f"F1 {name}"] = sum(page_counts(reader, pages), Counts()).f1
            for name, texts in transcribed.items():
                lines = [(page_of(data, 1), text) for data, text in texts]
                row |= {f"CER {name}": error_rate(reader, lines)} if lines else {}
        print(row)
        rows.append(row)
    save("reduction", {"precision": reader.engine.name, "rows": rows})


def milliseconds(scans: Iterable[bytes]) -> float:
    """Median of a core's time for decoding a scan and reducing it as often as the reader does."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # whose time is measured
    seconds = [a_scan(data) for data in scans for _ in range(TIMES)]
    cv2.setNumThreads(threads)
    return 1000 * median(seconds)


def a_scan(data: bytes) -> float:
    """A core's seconds for one scan."""
    start = process_time()
    image_HW1 = page_of(data, 1).image_HW3
    for side in (PROBE_SIDE, *naming_sides(SIDE)):
        reduce(image_HW1, side)
    return process_time() - start


if __name__ == "__main__":
    main()
