"""Bootstrap intervals of F1, precision and recall: how much hangs on which pages were scored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.metric import Counts

RESAMPLES = 1000
COVERAGE = 0.95
FEWEST_PAGES = 2  # one page drawn again and again shows no spread


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle 95 % of a figure over resampled sets of pages."""

    low: float
    high: float


def page_intervals(pages: Sequence[Counts], seed: int = 0) -> dict[str, Interval] | None:
    """Draw as many pages as there are, with replacement, 1,000 times; score each draw.

    Args:
        pages: counts of each page.
        seed: equal seeds give equal intervals.

    Returns:
        Intervals of ``f1``, ``precision`` and ``recall``; None for fewer than two pages.
    """
    if len(pages) < FEWEST_PAGES:
        return None
    rng = np.random.default_rng(seed)
    counts_P3 = np.array([(page.tp, page.fp, page.fn) for page in pages])
    share_P = np.full(len(pages), 1 / len(pages))
    draws = (rng.multinomial(len(pages), share_P) @ counts_P3 for _ in range(RESAMPLES))
    drawn = [Counts(*map(int, draw)) for draw in draws]
    return {
        name: _middle([getattr(counts, name) for counts in drawn])
        for name in ("f1", "precision", "recall")
    }


def _middle(values: list[float]) -> Interval:
    low, high = np.quantile(values, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Interval(float(low), float(high))
