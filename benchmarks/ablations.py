"""Trains the same short run with one choice changed at a time, and reads pages with each result.

KUZUSHIJI_DATA=DIR python benchmarks/ablations.py --work DIR --validation RUN/validation --model M

RUN is a run of `kuzushiji train` with a held-out font, whose validation pages are read; the real
pages are `text_dev`. Every variant begins with a model's weights, by default the built-in one's,
and new heat-map and size heads. What is done is kept in DIR: it may be interrupted.
"""

import argparse
import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.artifact import ReaderArtifact
from model.character_set import CharacterSet
from model.characters import Labels
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.loss_configuration import LossConfiguration
from model.metric import Counts, score_page
from model.page import CANDIDATE_SIDES, Page
from model.precision import choose_precision
from model.presets import PRESETS
from model.text_metric import TextCounts, count_edits
from model.training import Trainer
from model.training_configuration import TrainingConfiguration
from tasks.challenge import read_labels
from tasks.crop_making import make_shard
from tasks.crop_set import CropRecipe, CropSet, shards_for
from tasks.crop_sources import CropSequence
from tasks.crop_stream import CropStream, CropTables, collate
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.page_alignment import open_reader
from tasks.page_image import decode_page
from tasks.training_material import TrainingMaterial
from tasks.training_sources import OpenedMaterial, open_material

PIXELS_PER_STEP = 4 * 384 * 384
STEPS = 150
LEARNING_RATE = 1e-3
EMA_DECAY = 0.98  # a run of 200 steps forgets sooner than one of thousands
THRESHOLD = 0.3
RESTARTED = ("heatmap.", "size.")


@dataclass(frozen=True, slots=True)
class Variant:
    """One choice, compared with the default.

    Attributes:
        table: what the choice is about.
        name: what was chosen.
        losses: fields of the loss configuration.
        detector: fields of the detector's configuration.
        crop_size: side of a crop in pixels; a step always holds about as many pixels.
        seed: of crops and noise.
        averaged: evaluate the averaged weights, not the last.
    """

    table: str
    name: str
    losses: Mapping[str, Any] = field(default_factory=dict)
    detector: Mapping[str, Any] = field(default_factory=dict)
    crop_size: int = 384
    seed: int = 0
    averaged: bool = True

    @property
    def key(self) -> str:
        """Name of the variant's training; variants that differ in evaluation only share it."""
        values = asdict(replace(self, table="", name="", averaged=True))
        return json.dumps(values, sort_keys=True)


VARIANTS = (
    Variant("Noise: the default", "seed 0"),
    Variant("Noise: the default", "seed 1", seed=1),
    Variant("Noise: the default", "seed 2", seed=2),
    Variant("Heat map", "Gaussian of the box, focal loss (default)"),
    Variant("Heat map", "CenterNet's radius, focal loss", {"heatmap_target": "radius"}),
    Variant("Heat map", "soft 3 x 3, BCE", {"heatmap_target": "cells", "heatmap_loss": "bce"}),
    Variant("Heat map", "Gaussian of the box, BCE", {"heatmap_loss": "bce"}),
    Variant("Heat map", "Gaussian of the box, MSE", {"heatmap_loss": "mse"}),
    Variant("Size", "in 3 x 3 cells (default)"),
    Variant("Size", "in the centre's cell", {"size_window": 1}),
    Variant("Label smoothing", "0", {"label_smoothing": 0.0}),
    Variant("Label smoothing", "0.05 (default)"),
    Variant("Label smoothing", "0.1", {"label_smoothing": 0.1}),
    Variant("Softmax", "linear (default)"),
    Variant("Softmax", "L2-normalised", detector={"class_logits": "cosine"}),
    Variant("Reject class", "from 12 false peaks a crop (default)"),
    Variant("Reject class", "none", {"rejects_per_image": 0}),
    Variant("Weights", "averaged (default)"),
    Variant("Weights", "of the last step", averaged=False),
    Variant("Crop", "256 px, 9 a step", crop_size=256),
    Variant("Crop", "384 px, 4 a step (default here)"),
    Variant("Crop", "512 px, 2 a step", crop_size=512),
    Variant("Character scale", "22 px", detector={"character_size": 22.0}),
    Variant("Character scale", "28 px (default)"),
    Variant("Character scale", "36 px", detector={"character_size": 36.0}),
)


@dataclass(frozen=True, slots=True)
class Pages:
    """What is read to compare.

    Attributes:
        labelled: rendered pages with boxes.
        transcribed: real pages with their texts.
    """

    labelled: tuple[tuple[Page, Labels], ...]
    transcribed: tuple[tuple[Page, str], ...]


def main() -> None:
    """Train and read what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--fonts", action="append", default=[])
    parser.add_argument("--hold-out-font", action="append", default=[])
    parser.add_argument("--model", default="builtin")
    chosen = parser.parse_args()
    data = Path(os.environ["KUZUSHIJI_DATA"])
    results_file = chosen.work / "results.json"
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    if any(variant.key not in results for variant in VARIANTS):
        known = load_model(chosen.model).artifact
        opened = open_material(chosen_material(data, chosen))
        pages = Pages(
            tuple(labelled_pages(chosen.validation)), tuple(transcribed_pages(data / "text_dev"))
        )
        for variant in VARIANTS:
            if variant.key not in results:
                trainer = fit(variant, known, opened, chosen.work / "crops")
                results[variant.key] = {
                    "averaged" if averaged else "last": examine(
                        trainer.averaged if averaged else trainer.detector,
                        opened.characters,
                        pages,
                    )
                    for averaged in {v.averaged for v in VARIANTS if v.key == variant.key}
                }
                results_file.write_text(json.dumps(results, indent=1))
                print(variant.table, variant.name, results[variant.key], flush=True)
    print("\n".join(tables(results)))


def chosen_material(data: Path, chosen: argparse.Namespace) -> TrainingMaterial:
    """Name what synthesis draws with: the texts and strokes of KUZUSHIJI_DATA, the fonts chosen."""
    return TrainingMaterial(
        fonts=tuple(chosen.fonts),
        text=str(data / "columns.txt"),
        characters=str(data / "codh_char_counts.csv"),
        kmnist=str(data / "kmnist"),
        hold_out_fonts=tuple(chosen.hold_out_font),
    )


def fit(
    variant: Variant,
    known: ReaderArtifact,
    opened: OpenedMaterial,
    folder: Path,
    steps: int = STEPS,
) -> Trainer:
    """Train one variant, beginning with the weights of a known model."""
    torch.manual_seed(variant.seed)
    configuration = replace(PRESETS["builtin"]().detector, **variant.detector)
    detector = warm_detector(configuration, opened.characters, known)
    training = TrainingConfiguration(
        steps=steps,
        batch_size=max(1, PIXELS_PER_STEP // variant.crop_size**2),
        crop_size=variant.crop_size,
        learning_rate=LEARNING_RATE,
        warmup_steps=20,
        ema_decay=EMA_DECAY,
        losses=LossConfiguration(**variant.losses),
        seed=variant.seed,
    )
    precision = choose_precision(torch.device("cpu"))
    trainer = Trainer(detector, training, opened.characters.reject_class, precision)
    crops = make_crops(opened, configuration, training, folder)
    to_batch = partial(collate, characters=opened.characters, channels=1)
    with CropStream(
        CropTables(crops),
        to_batch,
        seed=variant.seed,
        step=0,
        passes=trainer.passes,
        passes_per_step=training.passes_per_step,
        crops_per_pass=training.crops_per_pass,
    ) as stream:
        while trainer.step < steps:
            trainer.advance(stream.take())
    return trainer


def warm_detector(
    configuration: DetectorConfiguration, characters: CharacterSet, known: ReaderArtifact
) -> CharacterDetector:
    """Build a detector with a known model's weights, but for its heat-map and size heads."""
    detector = CharacterDetector(configuration, characters.class_count)
    if known.characters != characters:
        raise ValueError("the model has other classes; give the same characters")
    weights = {
        name: tensor
        for name, tensor in known.detector.state_dict().items()
        if not name.startswith(RESTARTED)
    }
    left_out = detector.load_state_dict(weights, strict=False)
    if set(left_out.unexpected_keys) - {"class_head.classes.bias"}:
        raise ValueError(f"weights without a place: {left_out.unexpected_keys}")
    return detector.to(memory_format=torch.channels_last)


def make_crops(
    opened: OpenedMaterial,
    detector: DetectorConfiguration,
    training: TrainingConfiguration,
    folder: Path,
) -> CropSet:
    """Make the shards of one crop size, character size and seed that are missing."""
    size, character_size, seed = training.crop_size, detector.character_size, training.seed
    recipe = CropRecipe(opened.digest, opened.weights, size, character_size, 1, seed)
    store = open_store(str(folder), create=True)
    crops = CropSet(store, recipe.digest, shards_for(training.steps * training.batch_size))
    sequence = CropSequence(opened.sources, opened.weights, size, character_size, seed)
    for number in crops.missing():
        make_shard(store, crops.shard_key(number), sequence, number, 1)
    return crops


def examine(
    detector: CharacterDetector, characters: CharacterSet, pages: Pages
) -> dict[str, float]:
    """Read all pages: F1 and detection F1 of the rendered ones, error rate of the real ones."""
    artifact = ReaderArtifact(detector, characters, THRESHOLD, {})
    reader = open_reader(artifact, "cpu")
    found, named, text = Counts(0, 0, 0), Counts(0, 0, 0), TextCounts()
    for page, labels in pages.labelled:
        [reading] = reader.read([page])
        points_N2 = reading.boxes_N4[:, :2] + reading.boxes_N4[:, 2:] / 2
        named += score_page(labels, reading.codepoints_NK[:, 0], points_N2)
        anonymous = Labels(labels.boxes_N4, np.zeros(len(labels), np.int32))
        found += score_page(anonymous, np.zeros(len(reading), np.int32), points_N2)
    for page, truth in pages.transcribed:
        [reading] = reader.read([page])
        text += count_edits(truth, "".join(map(chr, reading.codepoints_NK[:, 0].tolist())))
    detector.train()
    return {"f1": named.f1, "detection_f1": found.f1, "cer": text.error_rate}


def labelled_pages(folder: Path) -> Iterator[tuple[Page, Labels]]:
    """Read a run's validation pages."""
    truth = read_labels(folder / "labels.csv")
    for path in sorted((folder / "archive").rglob("*.jpg")):
        yield read_page(path), truth[path.stem]


def transcribed_pages(folder: Path) -> Iterator[tuple[Page, str]]:
    """Read real pages with their transcriptions."""
    with (folder / "transcriptions.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            [path] = (folder / "images").glob(f"{row['image_id']}.*")
            yield read_page(path), row["text"]


def read_page(path: Path) -> Page:
    """Decode a scan at the size at which it is read."""
    decoded = decode_page(path.read_bytes(), max_long_side=CANDIDATE_SIDES[-1])
    return Page(decoded.image_HW3, decoded.page_width, decoded.page_height)


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Write the results as Markdown."""
    for table in dict.fromkeys(variant.table for variant in VARIANTS):
        yield f"\n### {table}\n"
        yield "| choice | rendered: F1 | rendered: detection F1 | real: CER |\n|---|---|---|---|"
        for variant in VARIANTS:
            if variant.table == table and variant.key in results:
                figures = results[variant.key]["averaged" if variant.averaged else "last"]
                f1, detection, cer = (figures[k] for k in ("f1", "detection_f1", "cer"))
                yield f"| {variant.name} | {f1:.3f} | {detection:.3f} | {cer:.3f} |"


if __name__ == "__main__":
    main()
