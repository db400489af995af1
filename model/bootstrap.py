"""Bootstrap intervals of F1, precision and recall: how much hangs on which pages were scored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.metric import Counts

RESAMPLES = 1000
COVERAGE = 0.95
FEWEST_PAGES = 2  # one page drawn again and again shows no spread


@dataclass(frozen=True, slots=True)
class Interval:
    """The middle of a figure over resampled sets of pages, 95 % if nothing else is said."""

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
    counts_P3 = np.array([(page.tp, page.fp, page.fn) for page in pages])
    drawn = [Counts(*map(int, draw)) for draw in resample(counts_P3, seed)]
    return {
        name: middle([getattr(counts, name) for counts in drawn])
        for name in ("f1", "precision", "recall")
    }


def resample(counts_PK: npt.NDArray[np.int64], seed: int = 0) -> npt.NDArray[np.int64]:
    """Add up the counts of as many pages as there are, drawn with replacement, 1,000 times.

    Args:
        counts_PK: K counts of each of P pages, at least one.
        seed: equal seeds draw equal pages.

    Returns:
        The sums of R draws, RK.
    """
    pages = len(counts_PK)
    rng = np.random.default_rng(seed)
    share_P = np.full(pages, 1 / pages)
    drawn_RP: npt.NDArray[np.int64] = rng.multinomial(pages, share_P, RESAMPLES)
    return drawn_RP @ counts_PK


def middle(
    values: Sequence[float] | npt.NDArray[np.float64], coverage: float = COVERAGE
) -> Interval:
    """The interval that leaves out the same share of values at both ends."""
    low, high = np.quantile(values, [(1 - coverage) / 2, (1 + coverage) / 2])
    return Interval(float(low), float(high))
