"""The built-in reader beside the fifth-place network and a general OCR engine, in one run.

python benchmarks/peers.py [--pages 8] [--rounds 4]

Each runs in a process of its own, so that its peak memory is its own; beyond what it had when its
libraries were imported and its pages decoded, too. The fifth place: its preset with random weights
on pages squashed to 1536 x 1536, with the class embedding dense, as published, or at 190 centres a
page as our engine computes it, its norms folded, its weights in the precision; in float32, as its
weights are, or in bfloat16, as we compute; at that scale alone, or at the three at which its
published figure was reached. rapidocr (pip install rapidocr) reads with the models in its wheel.
Page by page, as the fifth place is fed too, the built-in reader takes less memory and more time:
oneDNN keeps few kernels for it, and with little memory glibc gives large blocks back at once.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
import torch
from measuring import ROOT, interleaved, page_of, rendered_scans, save, transcribed_scans
from torch import Tensor

from model.batch import Batch
from model.characters import ImageArray, PageReading
from model.class_head import CellClassHead
from model.cost import CHALLENGE_CLASSES, PAGE_SIDE
from model.detector import CharacterDetector
from model.engines import TorchEngine
from model.precision import autocast, choose_precision
from model.presets import PRESETS
from model.reader import PageReader
from model.text_metric import TextCounts, count_edits
from model.training import Trainer
from tasks.engines import OPENVINO, TORCH, open_engine
from tasks.examination import read_text
from tasks.models import load_model

CENTRES = 190  # characters of an average page of the challenge
CROP, CROPS = 512, 4
PUBLISHED_SCALES = (0.75, 1.0, 1.25)
SINGLY, SPARING = "built-in, page by page", "built-in, with little memory"
# Few kernels are kept for pages of other sizes; blocks of a MiB and more go back to the system.
FEW_KERNELS = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "24"}
GIVEN_BACK = {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1048576"}
SURROUNDINGS = {SINGLY: FEW_KERNELS, SPARING: FEW_KERNELS | GIVEN_BACK}
CPU = torch.device("cpu")
PAGES_N = torch.zeros(CENTRES, dtype=torch.int64)
Computing: TypeAlias = Callable[[Tensor, Tensor], Tensor]  # logits of boxes on an image


def main() -> None:
    """Measure each peer in its own process, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--only", choices=PEERS)
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.pages, arguments.rounds)))
        return
    figures = {name: in_process(name, arguments) for name in PEERS}
    for name, row in figures.items():
        print(name, row)
    save("peers", {"pages": arguments.pages, "side": PAGE_SIDE, "peers": figures})


def in_process(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure one peer in a fresh process."""
    options = ["--pages", str(arguments.pages), "--rounds", str(arguments.rounds), "--only", name]
    command = [sys.executable, str(Path(__file__)), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **SURROUNDINGS.get(name, {})}
    done = subprocess.run(command, check=True, env=environment, capture_output=True)  # noqa: S603 - our own
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def measure(name: str, pages: int, rounds: int) -> dict[str, Any]:
    """Figures of one peer, with its peak memory."""
    figures = PEERS[name](pages, rounds)
    before = figures.pop("gib_before")
    return {**figures, "peak_gib": peak_gib(), "own_gib": peak_gib() - before}


def peak_gib() -> float:
    """Peak of this process's resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def scans(pages: int) -> list[tuple[bytes, str | None]]:
    """Real transcribed pages where there are any, else rendered ones."""
    real = transcribed_scans("text_dev")[:pages]
    return [*real] or [(data, None) for data, _ in rendered_scans(pages)]


def builtin(
    pages: int, rounds: int, *, engine: str = TORCH, singly: bool = False
) -> dict[str, Any]:
    """Read pages with the built-in model, side by side or singly."""
    texts, images = zip(*((text, page_of(data)) for data, text in scans(pages)), strict=True)
    before = peak_gib()
    reader, opening = opened(engine)
    groups = [[image] for image in images] if singly else [images]

    def read_all() -> list[PageReading]:
        return [reading for group in groups for reading in reader.read(group)]

    seconds = interleaved({"": read_all}, rounds)[""]
    read = [read_text(reading) for reading in read_all()]
    figures = text_figures(list(zip(texts, read, strict=True)))
    return {
        "seconds_a_page": seconds / len(images),
        "opening_seconds": opening,
        "gib_before": before,
        **figures,
    }


def opened(engine: str) -> tuple[PageReader, float]:
    """Open the reader, which needs no more of its model than the engine has; with the seconds."""
    model, start = load_model(), perf_counter()
    return PageReader(model.artifact, open_engine(engine, model, "cpu")), perf_counter() - start


def fifth_place(
    pages: int,
    rounds: int,
    *,
    compute: Callable[[CharacterDetector, torch.dtype], Computing],
    scales: Sequence[float] = (1.0,),
    precision: torch.dtype | None = None,
) -> dict[str, Any]:
    """Compute maps and classes of the fifth-place network."""
    image = page_of(scans(pages)[0][0]).image_HW3  # whatever it shows takes as long
    before = peak_gib()
    detector = CharacterDetector(PRESETS["fifth-place"]().detector, CHALLENGE_CLASSES).eval()
    computing = compute(detector, precision or choose_precision(CPU))
    del detector  # an engine has a copy
    boxes = some_boxes()

    def read() -> None:
        with torch.inference_mode():
            for scale in scales:
                computing(squashed(image, round(PAGE_SIDE * scale)), boxes * scale)

    seconds = interleaved({"": read}, max(1, rounds // 2))[""]
    return {"seconds_a_page": seconds, "gib_before": before}


def some_boxes() -> Tensor:
    """Boxes anywhere on the page, N4."""
    places_N2 = torch.rand(CENTRES, 2) * (PAGE_SIDE - 64)
    return torch.cat([places_N2, torch.full((CENTRES, 2), 32.0)], 1)


def as_published(detector: CharacterDetector, precision: torch.dtype) -> Computing:
    """Embed every cell and read the embeddings at the centres."""
    detector = detector.to(memory_format=torch.channels_last)
    head = cast("CellClassHead", detector.class_head)

    def compute(image: Tensor, boxes: Tensor) -> Tensor:
        with autocast(CPU, precision):
            maps = detector(image)
            logits: Tensor = head.classes(dense_embedding(head, maps.features_BCHW, boxes))
            return logits

    return compute


def by_our_engine(detector: CharacterDetector, precision: torch.dtype) -> Computing:
    """Embed the centres' cells alone, the network prepared as the built-in one is."""
    engine = TorchEngine(detector, CPU, precision)
    return lambda image, boxes: engine.classify(engine.maps(image).features_BCHW, boxes, PAGES_N)


def dense_embedding(head: CellClassHead, fine: Tensor, boxes_N4: Tensor) -> Tensor:
    """Embed every cell, as published, and read the embeddings at the centres."""
    dense = head.embedding(fine).relu()[0]
    cells = ((boxes_N4[:, :2] + boxes_N4[:, 2:] / 2) / 4).long()
    return dense[:, cells[:, 1], cells[:, 0]].T


def rapidocr(pages: int, rounds: int) -> dict[str, Any]:
    """Read pages with rapidocr and its own models."""
    from rapidocr import RapidOCR

    read = [
        (cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), text)
        for data, text in scans(pages)
    ]
    before = peak_gib()
    engine = RapidOCR()
    seconds = interleaved({"": lambda: [engine(image) for image, _ in read]}, max(1, rounds // 3))
    texts = [(text, "".join(engine(image).txts or ())) for image, text in read]
    figures = text_figures(texts)
    return {"seconds_a_page": seconds[""] / len(read), "gib_before": before, **figures}


def training(preset: str, rounds: int) -> dict[str, Any]:
    """One training step of four crops."""
    chosen, before = PRESETS[preset](), peak_gib()
    detector = CharacterDetector(chosen.detector, CHALLENGE_CLASSES)
    detector = detector.to(memory_format=torch.channels_last)
    trainer = Trainer(detector, chosen.training, CHALLENGE_CLASSES - 1, choose_precision(CPU))
    generator = torch.Generator().manual_seed(0)
    shape = (CROPS, chosen.detector.input_channels, CROP, CROP)
    boxes = torch.rand((CROPS * 60, 4), generator=generator) * (CROP - 32)
    boxes[:, 2:] = 28.0
    batch = Batch(
        torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator),
        boxes,
        torch.randint(0, CHALLENGE_CLASSES - 1, (CROPS * 60,), generator=generator),
        torch.arange(CROPS).repeat_interleave(60),
    )
    passes = [batch] * len(trainer.passes)
    seconds = interleaved({"": lambda: trainer.advance(passes)}, rounds)[""]
    return {"step_seconds": seconds / len(passes), "gib_before": before}


def text_figures(texts: list[tuple[str | None, str]]) -> dict[str, Any]:
    """Characters found, and the error rate where there is a transcription."""
    figures: dict[str, Any] = {"characters": sum(len(text) for _, text in texts)}
    edits = [count_edits(truth, text) for truth, text in texts if truth is not None]
    if edits:
        figures["cer"] = sum(edits, TextCounts()).error_rate
    return figures


def squashed(image_HW3: ImageArray, side: int) -> Tensor:
    """A page as the fifth place takes it: its aspect ratio is not kept."""
    image = cv2.resize(image_HW3, (side, side), interpolation=cv2.INTER_AREA)
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None]
    return tensor.contiguous(memory_format=torch.channels_last)


PEERS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "built-in": builtin,
    SINGLY: partial(builtin, singly=True),
    SPARING: partial(builtin, singly=True),
    "built-in, OpenVINO": partial(builtin, engine=OPENVINO),
    "fifth place, dense embedding": partial(fifth_place, compute=as_published),
    "fifth place, dense embedding, its three scales": partial(
        fifth_place, compute=as_published, scales=PUBLISHED_SCALES
    ),
    "fifth place, at centres": partial(fifth_place, compute=by_our_engine),
    "fifth place, dense embedding, float32": partial(
        fifth_place, compute=as_published, precision=torch.float32
    ),
    "fifth place, at centres, float32": partial(
        fifth_place, compute=by_our_engine, precision=torch.float32
    ),
    "rapidocr": rapidocr,
    "training: built-in": lambda _, rounds: training("builtin", rounds),
    "training: fifth place": lambda _, rounds: training("fifth-place", max(1, rounds // 2)),
}


if __name__ == "__main__":
    main()
