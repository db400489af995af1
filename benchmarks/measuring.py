"""What the speed benchmarks share: result files, pages, and clocks.

A result file says when, where, with which versions and by which command its figures were measured.
"""

import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import psutil
import torch

from model.characters import Labels
from model.metric import Counts, score_page
from model.page import CANDIDATE_SIDES, Page
from model.precision import choose_precision
from model.reader import PageReader
from model.synthesis.render import render_page
from model.text_metric import TextCounts, count_edits
from tasks.challenge import read_labels, reading_to_points
from tasks.examination import read_text
from tasks.page_alignment import open_transcribed
from tasks.page_image import decode_page
from tasks.synthetic_pages import encode_page, open_writers, page_shape

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
FONTS = ROOT / "tests" / "data" / "fonts"
PACKAGES = (
    "torch",
    "timm",
    "prefect",
    "distributed",
    "onnxruntime",
    "openvino",
    "opencv-python-headless",
)


def save(name: str, figures: Mapping[str, Any]) -> None:
    """Write a benchmark's figures to its dated result file, and say where."""
    now = datetime.now(UTC)
    document = {
        "benchmark": name,
        "date": now.isoformat(timespec="seconds"),
        "command": f"python {shlex.join(sys.argv)}",
        "machine": machine(),
        "figures": figures,
    }
    path = RESULTS / f"{now:%Y-%m-%d}-{name}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{name}: {path.relative_to(ROOT)}")


def machine() -> dict[str, Any]:
    """Describe processor, memory, load and versions."""
    return {
        "processor": _processor(),
        "bfloat16": choose_precision(torch.device("cpu")) is torch.bfloat16,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def interleaved(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each action, by turns, after one round that warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name, action in actions.items():
            start = perf_counter()
            action()
            if number > 0:
                seconds[name].append(perf_counter() - start)
    return {name: median(values) for name, values in seconds.items()}


def page_of(data: bytes, channels: int = 3) -> Page:
    """Decode a scan as the pipeline does, which keeps the channels that the model takes."""
    image = decode_page(data, max_long_side=CANDIDATE_SIDES[-1], channels=channels)
    return Page(image.image_HW3, image.page_width, image.page_height)


def rendered_scans(
    count: int, sizes: tuple[float, float] = (34.0, 52.0), height: int = 1400, seed: int = 5
) -> list[tuple[bytes, Labels]]:
    """Render labelled pages with characters of some size in pixels, evenly in its logarithm."""
    writers = open_writers([FONTS], [], None)
    scans = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        size = float(np.exp(rng.uniform(*np.log(sizes))))
        page = render_page(writers.atlas, writers.corpus, rng, *page_shape(height), size)
        scans.append((encode_page(page), page.labels))
    return scans


def demo_scans() -> list[tuple[bytes, Labels]]:
    """The pages of the demo archive."""
    labels = read_labels((ROOT / "demo" / "labels.csv").read_bytes())
    return [
        ((ROOT / "demo/archive" / name.partition("_")[0] / f"{name}.jpg").read_bytes(), truth)
        for name, truth in labels.items()
    ]


def transcribed_scans(folder: str) -> list[tuple[bytes, str]]:
    """Scans of KUZUSHIJI_DATA with their texts; none without it."""
    root = os.environ.get("KUZUSHIJI_DATA")
    if root is None:
        return []
    pages = open_transcribed(f"{root}/{folder}", f"{root}/{folder}")
    return [(pages.store.get(scan.key), text.text) for scan, text in pages.pages if text]


def page_counts(reader: PageReader, scans: Sequence[tuple[Page, Labels]]) -> list[Counts]:
    """What a reader, given labelled pages all at once, has right and wrong on each."""
    readings = map(reading_to_points, reader.read([page for page, _ in scans]))
    return [
        score_page(labels, points.codepoints_N, points.points_N2)
        for (_, labels), points in zip(scans, readings, strict=True)
    ]


def error_rate(reader: PageReader, scans: list[tuple[Page, str]]) -> float:
    """Character error rate of a reader on transcribed pages."""
    edits = [count_edits(text, read_text(reader.read([page])[0])) for page, text in scans]
    return sum(edits, TextCounts()).error_rate


def _processor() -> str:
    names = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return names[0].partition(":")[2].strip() if names else platform.processor()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
