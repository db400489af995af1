"""Trains the same short run with one thing that synthesis draws left out, and reads real pages.

KUZUSHIJI_DATA=DIR python benchmarks/synthesis_ablation.py --work DIR --model M
    --validation RUN/validation --fonts FOLDER [--fonts FOLDER] [--hold-out-font NAME]

M should have seen no real page: what its training gains is what synthesis gives. Of the real pages,
`text_train` and `text_dev`, nothing is trained on and nothing chosen here. What is done is kept in
DIR: it may be interrupted.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from ablations import (
    Pages,
    Variant,
    chosen_material,
    examine,
    fit,
    labelled_pages,
    transcribed_pages,
)

from model.characters import FloatArray, ImageArray
from model.synthesis import render
from model.synthesis.style import PageStyle, draw_style
from tasks.models import load_model
from tasks.training_material import TrainingMaterial
from tasks.training_sources import chosen_fonts, open_material

STEPS = 400
PRINTED = ("IPAmj Mincho", "Hanazono Mincho A", "Hanazono Mincho B")  # faces of today's books


@dataclass(frozen=True, slots=True)
class Omission:
    """What a training does without.

    Attributes:
        name: what is left out.
        style: habits of the page that are replaced.
        drawing: functions of `model.synthesis.render` that are replaced.
        strokes: whether kana are also drawn with KMNIST's photographed strokes.
        printed: whether only fonts of print are used.
        seed: of crops and noise.
    """

    name: str
    style: Mapping[str, Any] = field(default_factory=dict)
    drawing: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    strokes: bool = True
    printed: bool = False
    seed: int = 0


def bare_ink(ink_HW: ImageArray, _: np.random.Generator) -> FloatArray:
    """Take the ink as it was drawn."""
    return np.asarray(ink_HW / np.float32(255), np.float32)


def white_paper(density_HW: FloatArray, *_: object, **__: object) -> ImageArray:
    """Lay black ink on white."""
    grey_HW = np.asarray(cv2.convertScaleAbs(255 - 255 * density_HW), np.uint8)
    return np.asarray(cv2.merge([grey_HW] * 3), np.uint8)


def faithful_scan(image_HW3: ImageArray, _: np.random.Generator) -> ImageArray:
    """Scan without a trace."""
    return image_HW3


def nothing(*_: object, **__: object) -> None:
    """Draw nothing."""


SMALL = {"furigana": 0.0, "glosses": 0.0, "punctuation": 0.0, "title": False}
HAND = {"connection": 0.0, "waviness": 0.0, "lean": 0.0, "fading": 0.0, "slant": 0.0}
LINES = {"framed": False, "ruled": False}
THINGS = dict.fromkeys(("draw_picture", "draw_boxes", "sprinkle_specks", "stamp_seal"), nothing)
SURFACE = {
    "wear": bare_ink,
    "paint": white_paper,
    "scan": faithful_scan,
    "eat_holes": nothing,
    "lay_on_bed": nothing,
}
OMISSIONS = (
    Omission("nothing"),
    Omission("nothing, seed 1", seed=1),
    Omission("nothing, seed 2", seed=2),
    Omission("photographed strokes (KMNIST)", strokes=False),
    Omission("any hand: only fonts of print", strokes=False, printed=True),
    Omission("furigana, notes at the side, titles, punctuation", style=SMALL),
    Omission("joined strokes, wander, drift, slant, fading ink", style=HAND),
    Omission("frames, rules, pictures, seals, specks", style=LINES, drawing=THINGS),
    Omission("paper, stains, show-through, wear, holes, scan", drawing=SURFACE),
)


def main() -> None:
    """Train and read what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--validation", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--fonts", action="append", default=[])
    parser.add_argument("--hold-out-font", action="append", default=[])
    chosen = parser.parse_args()
    results_file = chosen.work / "synthesis.json"
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    missing = [omission for omission in OMISSIONS if omission.name not in results]
    if missing:
        data = Path(os.environ["KUZUSHIJI_DATA"])
        material = chosen_material(data, chosen)
        real = [*transcribed_pages(data / "text_train"), *transcribed_pages(data / "text_dev")]
        pages = Pages(tuple(labelled_pages(chosen.validation)), tuple(real))
        if "before" not in results:
            known = load_model(chosen.model).artifact
            results["before"] = examine(known.detector, known.characters, pages)
        for omission in missing:
            results[omission.name] = gain(omission, chosen, material, pages)
            results_file.write_text(json.dumps(results, indent=1, ensure_ascii=False))
            print(omission.name, results[omission.name], flush=True)
    print("\n".join(table(results)))


def gain(
    omission: Omission, chosen: argparse.Namespace, material: TrainingMaterial, pages: Pages
) -> dict[str, float]:
    """Train without something, and read the pages."""
    if not omission.strokes:
        material = replace(material, kmnist=None)
    opened = open_material(material if not omission.printed else only_printed(material))
    replaced = {"draw_style": partial(draw_without, omission.style), **omission.drawing}
    folder = chosen.work / omission.name.replace("/", " ")
    known = load_model(chosen.model).artifact
    with patch.multiple(render, **replaced):
        trainer = fit(Variant("", "", seed=omission.seed), known, opened, folder, STEPS)
    return examine(trainer.averaged, opened.characters, pages)


def only_printed(material: TrainingMaterial) -> TrainingMaterial:
    """Leave out every font that is not one of print."""
    names = {font.name for font in chosen_fonts(map(Path, material.fonts))}
    return replace(material, hold_out_fonts=tuple(sorted(names - set(PRINTED))))


def draw_without(omitted: Mapping[str, Any], rng: np.random.Generator, size: float) -> PageStyle:
    """Draw a style, then replace what is left out: all else stays as it would be."""
    return replace(draw_style(rng, size), **omitted)


def table(results: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Write the results as Markdown."""
    lines = ["| without | rendered: F1 | rendered: detection F1 | real: CER |", "|---|---|---|---|"]
    for name, figures in results.items():
        f1, detection, cer = (figures[k] for k in ("f1", "detection_f1", "cer"))
        lines.append(f"| {name} | {f1:.3f} | {detection:.3f} | {cer:.3f} |")
    return lines


if __name__ == "__main__":
    main()
