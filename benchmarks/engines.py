"""The dense maps of one page and the reading of pages by every engine, in one run.

python benchmarks/engines.py [--rounds 5] [--pages 12] [--rendered 16] [--compared 96]

The page is of the demo archive at 960 px. F1 is that of the demo archive's pages, of which the
first ``--pages`` are read, and of other rendered pages; with KUZUSHIJI_DATA also that of
``boxes_dev``, for the record only. Rows that show what one preparation is worth have no F1: no
command reads with them. Of ``--compared`` rendered pages most engines read the first
``--rendered``; those in bfloat16 read all, since a few pages cannot tell a difference of F1 as
small as theirs from float32.
"""

import argparse
import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import astuple
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from measuring import (
    demo_scans,
    interleaved,
    page_counts,
    page_of,
    rendered_scans,
    save,
    transcribed_scans,
)

from model.bootstrap import middle, resample
from model.characters import ImageArray, Labels
from model.detector import Maps
from model.engines import Engine, TorchEngine
from model.engines.folding import fold_affine_blocks, fold_batch_norms, split_small_pools
from model.engines.onnxruntime_engine import onnxruntime_engine
from model.engines.openvino_engine import openvino_engine
from model.engines.single_pass import join_heads, write_levels_beside
from model.engines.strips import compute_heads_in_strips, compute_stem_in_strips
from model.metric import Counts
from model.page import Page
from model.page_batches import PIXELS_PER_CPU_BATCH, BatchComputer, channels_of
from model.page_threads import PageThreads
from model.precision import autocast, choose_precision
from model.reader import PageReader
from model.reduction import reduce
from tasks.challenge import read_labels
from tasks.model_export import export_int8, export_network
from tasks.models import LoadedModel, load_model
from tasks.object_store import open_store

UNREAD = (  # steps on the way to an engine
    "+ channels last",
    "+ batch norms folded",
    "+ scales folded, small pools split",
    "+ stem in strips",
    "+ heads joined, levels written beside each other",
    "+ heads in strips",
    "torch autocast bfloat16, channels last",
    "+ batch norms folded, autocast",
    "torch.compile, folded, autocast",
)
FLOAT32 = "+ pages side by side"
BFLOAT16 = ("+ weights in bfloat16 (default)", "OpenVINO bfloat16")
COMPARED = "compared"  # the rendered pages that tell bfloat16 from float32
SIDE = 960
PAGES = 4
CPU = torch.device("cpu")


class Plain:
    """The trained network as it is, for what the engine's preparations are worth."""

    def __init__(self, name: str, network: Any, precision: torch.dtype, detector: Any) -> None:  # noqa: ANN401 - compiled or not
        self.name = name
        self.pixels_per_batch = PIXELS_PER_CPU_BATCH
        self.pages_at_once = 1
        self.threads = torch.get_num_threads()
        self._network = network
        self._precision = precision
        self._classes = TorchEngine(detector, CPU, precision)

    def maps(self, image_BCHW: torch.Tensor) -> Maps:
        """Compute the dense maps of images."""
        with autocast(CPU, self._precision):
            maps: Maps = self._network(image_BCHW)
        return maps

    def features(self, image_BCHW: torch.Tensor) -> torch.Tensor:
        """Compute what naming needs."""
        with autocast(CPU, self._precision):
            features: torch.Tensor = self._network.features(image_BCHW)
        return features

    def classify(self, *arguments: Any) -> torch.Tensor:  # noqa: ANN401 - passed on
        """Compute class logits of some boxes."""
        return self._classes.classify(*arguments)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--rendered", type=int, default=16)
    parser.add_argument("--compared", type=int, default=96)
    arguments = parser.parse_args()
    model = load_model()
    with TemporaryDirectory() as folder:
        engines = open_engines(model, Path(folder))
        seconds = time_maps(engines, arguments.rounds)
        counts = count_matches(engines, model, arguments)
        figures = [
            {
                "engine": name,
                "maps_seconds": seconds[name],
                **{f"f1_{kind}": total_f1(of) for kind, of in counts[name].items()},
                **({"f1_difference": differences(counts, name)} if name in BFLOAT16 else {}),
            }
            for name in engines
        ]
    for row in figures:
        print(row)
    save(
        "engines",
        {
            "side": SIDE,
            "threads": torch.get_num_threads(),
            "compared_pages": arguments.compared,
            "engines": figures,
        },
    )


def open_engines(model: LoadedModel, folder: Path) -> dict[str, Engine]:
    """Every way to compute the network that this machine has."""
    detector = model.artifact.detector
    fast = choose_precision(CPU)
    last = deepcopy(detector).to(memory_format=torch.channels_last)
    folded = deepcopy(last)
    fold_batch_norms(folded)
    split = deepcopy(folded)
    fold_affine_blocks(split)
    split_small_pools(split)
    strips = deepcopy(split)
    compute_stem_in_strips(strips)
    joined = deepcopy(strips)
    join_heads(joined)
    write_levels_beside(joined)
    read_in_strips = deepcopy(joined)
    compute_heads_in_strips(read_in_strips)
    calibration = demo_archive() if not transcribed_scans("text_train") else real_archive()
    export_network(model, open_store(str(folder)))
    export_int8(model, open_store(calibration), open_store(str(folder)))
    float32 = (folder / "network.onnx").read_bytes()
    int8 = (folder / "network-int8.onnx").read_bytes()
    compiled = torch.compile(folded, dynamic=True)
    plain = partial(Plain, detector=detector)
    return {
        "torch eager float32": plain("a", detector, torch.float32),
        "+ channels last": plain("b", last, torch.float32),
        "+ batch norms folded": plain("c", folded, torch.float32),
        "+ scales folded, small pools split": plain("d", split, torch.float32),
        "+ stem in strips": plain("e", strips, torch.float32),
        "+ heads joined, levels written beside each other": plain("f", joined, torch.float32),
        "+ heads in strips": plain("k", read_in_strips, torch.float32),
        "+ pages side by side": TorchEngine(detector, CPU, torch.float32),
        "torch autocast bfloat16, channels last": plain("g", last, fast),
        "+ batch norms folded, autocast": plain("h", folded, fast),
        "+ weights in bfloat16 (default)": TorchEngine(detector, CPU, fast),
        "torch.compile, folded, autocast": plain("i", compiled, fast),
        "ONNX Runtime float32": onnxruntime_engine(detector, fast, float32, "float32"),
        "ONNX Runtime int8": onnxruntime_engine(detector, fast, int8, "int8"),
        "OpenVINO float32": openvino_engine(detector, torch.float32, float32),
        "OpenVINO bfloat16": openvino_engine(detector, fast, float32),
        "OpenVINO int8": openvino_engine(detector, fast, int8, "int8"),
    }


def time_maps(engines: dict[str, Engine], rounds: int) -> dict[str, float]:
    """Median seconds for the dense maps of one page, of several as the reader has them computed."""
    image = reduce(channels_of(page_of(demo_scans()[0][0]).image_HW3, 1), SIDE)

    def action(engine: Engine) -> Callable[[], object]:
        def compute(page: ImageArray) -> None:
            with torch.inference_mode():
                list(BatchComputer().compute(engine.maps, [page]))

        threads = PageThreads(engine.pages_at_once, engine.threads)
        return lambda: threads.map(compute, [image] * PAGES)

    actions = {name: action(engine) for name, engine in engines.items()}
    return {name: each / PAGES for name, each in interleaved(actions, rounds).items()}


def count_matches(
    engines: dict[str, Engine], model: LoadedModel, arguments: argparse.Namespace
) -> dict[str, dict[str, list[Counts]]]:
    """Matches on each page of each kind, by engine."""
    scans = labelled_scans(arguments.pages)
    many = pages_of(rendered_scans(arguments.compared))

    def counted(name: str, engine: Engine) -> dict[str, list[Counts]]:
        if name in UNREAD:
            return {}
        compared = name in (FLOAT32, *BFLOAT16)
        rendered = many if compared else many[: arguments.rendered]
        reader = PageReader(model.artifact, engine)
        counts = {kind: page_counts(reader, of) for kind, of in scans.items()}
        of_rendered = page_counts(reader, rendered)
        counts["rendered"] = of_rendered[: arguments.rendered]
        return {**counts, COMPARED: of_rendered} if compared else counts

    return {name: counted(name, engine) for name, engine in engines.items()}


def labelled_scans(pages: int) -> dict[str, list[tuple[Page, Labels]]]:
    """The demo archive, and real boxes where there are any."""
    scans = {"demo": demo_scans()[:pages]}
    root = os.environ.get("KUZUSHIJI_DATA")
    if root is not None:
        folder = Path(root) / "boxes_dev"
        labels = read_labels((folder / "train.csv").read_bytes())
        images = folder / "images"
        scans["boxes_dev"] = [
            ((images / f"{name}.jpg").read_bytes(), truth) for name, truth in labels.items()
        ]
    return {kind: pages_of(of) for kind, of in scans.items()}


def pages_of(scans: list[tuple[bytes, Labels]]) -> list[tuple[Page, Labels]]:
    """Decode pages."""
    return [(page_of(data), truth) for data, truth in scans]


def total_f1(pages: list[Counts]) -> float:
    """F1 over pages."""
    return sum(pages, Counts()).f1


def differences(counts: dict[str, dict[str, list[Counts]]], name: str) -> dict[str, Any]:
    """F1 less that in float32 on real and on many rendered pages, with the middle 95 % of draws."""
    return {
        kind: {
            "characters": sum(page.tp + page.fn for page in pages),
            "f1": total_f1(pages) - total_f1(counts[FLOAT32][kind]),
            "f1_range": astuple(middle(drawn_f1(pages) - drawn_f1(counts[FLOAT32][kind]))),
        }
        for kind, pages in counts[name].items()
        if kind in ("boxes_dev", COMPARED)
    }


def drawn_f1(pages: list[Counts]) -> np.ndarray:
    """F1 of each draw of as many pages, R; equal pages are drawn of every list."""
    draws_R3 = resample(np.array([(page.tp, page.fp, page.fn) for page in pages]))
    return np.array([Counts(*map(int, draw)).f1 for draw in draws_R3])


def demo_archive() -> str:
    """Where calibration pages come from without real ones."""
    return str(Path(__file__).parents[1] / "demo" / "archive")


def real_archive() -> str:
    """Where calibration pages come from."""
    return str(Path(os.environ["KUZUSHIJI_DATA"]) / "text_train" / "images")


if __name__ == "__main__":
    main()
