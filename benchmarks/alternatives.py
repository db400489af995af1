"""How often the right character is the first of the alternatives, and among the first five.

[KUZUSHIJI_DATA=DIR] python benchmarks/alternatives.py [--model builtin] [--boxes boxes_dev]

Of the true characters of a folder of KUZUSHIJI_DATA in the challenge's layout, or of the demo
archive: one that was not found counts as wrong. With and without context; and at the true boxes,
where nothing has to be found, without context.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
from measuring import demo_scans, page_of

from model.characters import Labels, PageReading
from model.metric import match_detections
from model.page import Page
from model.page_scale import PROBE_SIDE, naming_sides
from model.propagation import propagate
from model.reader import ALTERNATIVES, PageReader
from tasks.challenge import read_labels, reading_to_points
from tasks.models import BUILTIN, load_model, with_context
from tasks.page_alignment import open_reader


def main() -> None:
    """Read the pages and print one line for each way to read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--boxes", help="folder of KUZUSHIJI_DATA; without it the demo archive")
    arguments = parser.parse_args()
    scans = boxed_scans(arguments.boxes) if arguments.boxes else demo_scans()
    pages = [(page_of(data), truth) for data, truth in scans]
    model = with_context(load_model(arguments.model), BUILTIN)
    reader = open_reader(model.artifact, "cpu")
    for name, context in (("without context", None), ("with context", model.context)):
        reader.context = context
        counts = [rank_counts(reader.read([page])[0], truth) for page, truth in pages]
        print(name, tell(np.sum(counts, axis=0)))
    counts = [rank_counts_at_boxes(reader, page, truth) for page, truth in pages]
    print("at the true boxes", tell(np.sum(counts, axis=0)))


def boxed_scans(folder: str) -> list[tuple[bytes, Labels]]:
    """Scans with true boxes, in the challenge's layout."""
    root = Path(os.environ["KUZUSHIJI_DATA"]) / folder
    labels = read_labels((root / "train.csv").read_bytes())
    return [((root / "images" / f"{name}.jpg").read_bytes(), it) for name, it in labels.items()]


def rank_counts(reading: PageReading, truth: Labels) -> np.ndarray:
    """Count true characters by the place of their name among the alternatives; last: no place."""
    points = reading_to_points(reading)
    ranks = np.full(len(truth), ALTERNATIVES)
    for m, n in enumerate(match_detections(truth, points.codepoints_N, points.points_N2)):
        places = np.flatnonzero(reading.codepoints_NK[n] == truth.codepoints_N[m])
        if n >= 0 and len(places):
            ranks[m] = places[0]
    return np.bincount(ranks, minlength=ALTERNATIVES + 1)


@torch.inference_mode()
def rank_counts_at_boxes(reader: PageReader, page: Page, truth: Labels) -> np.ndarray:
    """Count likewise what the true boxes are named at the scales at which the page is read."""
    finder, boxes_M4 = reader.finder, torch.from_numpy(truth.boxes_N4)
    [probe] = finder.find_at([page], PROBE_SIDE)
    sides = naming_sides(finder.choose_side(page, probe))
    said = [named for side in sides for _, named in finder.name([page], [boxes_M4], side)]
    agreed_MC = propagate(torch.stack(said).mean(0).log_softmax(1), torch.ones(len(truth)))
    true_M1 = torch.from_numpy(reader.characters.classes_of(truth.codepoints_N))[:, None]
    ranks_M = (agreed_MC > agreed_MC.gather(1, true_M1.clamp(min=0))).sum(1)
    ranks_M[true_M1[:, 0] < 0] = ALTERNATIVES
    return np.bincount(ranks_M.clamp(max=ALTERNATIVES).numpy(), minlength=ALTERNATIVES + 1)


def tell(counts: np.ndarray) -> str:
    """Give shares of all true characters."""
    shares = counts.cumsum() / counts.sum()
    return f"first {shares[0]:.3f}, among {ALTERNATIVES} {shares[ALTERNATIVES - 1]:.3f}"


if __name__ == "__main__":
    main()
