"""The scale of a page: one fixed size, one probe, and the most confident of four sizes.

python benchmarks/page_scale.py [--model builtin] [--pages 16]

Pages: rendered ones with characters of 24 to 80 px on 1400 px, the demo archive, and with
KUZUSHIJI_DATA the transcribed pages of ``text_dev``; those of ``text_train``, on which the probe's
constants were chosen, the built-in model has learnt by heart.
"""

import argparse
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from measuring import demo_scans, page_of, rendered_scans, save, transcribed_scans

from model.characters import Labels, PageReading
from model.metric import Counts, score_page
from model.page import Page, scale_confidence, sides_to_try
from model.page_scale import PROBE_SIDE, READING_SIDES, reading_side
from model.reader import PageReader
from model.text_metric import TextCounts, count_edits
from tasks.challenge import reading_to_points
from tasks.examination import read_text
from tasks.models import load_model
from tasks.page_alignment import open_reader

Truth = Labels | str
SOUGHT = (32.0, 34.0, 36.0, 38.0, 40.0, 42.0, 44.0)


class Sides:
    """What a page reads at every side, with the seconds that each took."""

    def __init__(self, reader: PageReader, page: Page) -> None:
        self.page = page
        self.readings: dict[int, PageReading] = {}
        self.seconds: dict[int, float] = {}
        for side in sorted({*READING_SIDES, *sides_to_try(page)}):
            start = perf_counter()
            [self.readings[side]] = reader.read_at([page], side)
            self.seconds[side] = perf_counter() - start


Policy = Callable[[Sides], tuple[PageReading, float]]


def fixed(side: int) -> Policy:
    """Every page at one size."""
    return lambda sides: (sides.readings[side], sides.seconds[side])


def probed(sought: float) -> Policy:
    """One probe chooses."""

    def policy(sides: Sides) -> tuple[PageReading, float]:
        probe, cost = sides.readings[PROBE_SIDE], sides.seconds[PROBE_SIDE]
        side = reading_side(probe.boxes_N4, max(sides.page.width, sides.page.height), sought)
        if side is None:
            reading, more = most_confident(sides)
            return reading, cost + more
        if side == PROBE_SIDE:
            return probe, cost
        return sides.readings[side], cost + sides.seconds[side]

    return policy


def most_confident(sides: Sides) -> tuple[PageReading, float]:
    """All candidates are read, and the most confident kept."""
    tried = sides_to_try(sides.page)
    best = max(tried, key=lambda side: scale_confidence(sides.readings[side].scores_N))
    return sides.readings[best], sum(sides.seconds[side] for side in tried)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--pages", type=int, default=16)
    parser.add_argument("--real", type=int, default=1000, help="at most so many of each kind")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    reader = open_reader(model.artifact, "cpu")
    kinds: dict[str, Sequence[tuple[bytes, Truth]]] = {
        "rendered": rendered_scans(arguments.pages, (24.0, 80.0)),
        "demo": demo_scans()[: arguments.real],
        "text_dev": transcribed_scans("text_dev")[: arguments.real],
    }
    policies: dict[str, Policy] = {
        **{f"fixed {side}": fixed(side) for side in READING_SIDES},
        **{f"probe, sought size {sought:.0f}": probed(sought) for sought in SOUGHT},
        "most confident of four": most_confident,
    }
    figures: dict[str, Any] = {name: {} for name in policies}
    for kind, scans in kinds.items():
        if scans:
            read = [(Sides(reader, page_of(data)), truth) for data, truth in scans]
            for name, policy in policies.items():
                figures[name][kind] = judge(policy, read)
    for name, row in figures.items():
        print(name, row)
    save(
        f"page-scale-{model.digest[:12]}",
        {"model": model.digest, "sought_size": reader.finder.sought_size, "policies": figures},
    )


def judge(policy: Policy, read: Sequence[tuple[Sides, Truth]]) -> dict[str, float]:
    """F1 or character error rate of a policy, and seconds a page."""
    counts, edits, seconds = Counts(), TextCounts(), 0.0
    for sides, truth in read:
        reading, cost = policy(sides)
        seconds += cost / len(read)
        if isinstance(truth, str):
            edits += count_edits(truth, read_text(reading))
        else:
            points = reading_to_points(reading)
            counts += score_page(truth, points.codepoints_N, points.points_N2)
    quality = {"cer": edits.error_rate} if edits.length else {"f1": counts.f1}
    return {**quality, "seconds": seconds}


if __name__ == "__main__":
    main()
