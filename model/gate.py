"""Whether a candidate reads held-out pages better than its parent, by more than noise.

Shapes: P pages, R draws of pages, K counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from model.bootstrap import COVERAGE, FEWEST_PAGES, Interval, middle, resample
from model.metric import Counts
from model.text_metric import TextCounts

Sums = npt.NDArray[np.int64]  # counts in the order of `_counts`, added up
TP, FP, FN, EDITS, LENGTH, FOUND = range(6)


class PageResult(Protocol):
    """What a model made of one page; counts of what nobody knows of the page are zero."""

    @property
    def page(self) -> str:
        """Its name."""

    @property
    def matches(self) -> Counts:
        """Against its boxes."""

    @property
    def text(self) -> TextCounts:
        """Edits against its transcription."""

    @property
    def found(self) -> int:
        """Characters of the transcription that an alignment found a box for."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two models.

    Attributes:
        figure: its name.
        parent: of the parent.
        candidate: of the candidate.
        gain: what the candidate gains over the parent, positive where it is better, on the middle
            of the resampled sets of pages.
    """

    figure: str
    parent: float
    candidate: float
    gain: Interval

    def __str__(self) -> str:
        return (
            f"{self.figure} {self.parent:.3f} -> {self.candidate:.3f} "
            f"(gain {self.gain.low:+.3f} to {self.gain.high:+.3f})"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison led to.

    Attributes:
        better: at least one figure is better by more than noise, and none is worse by more.
        comparisons: of every figure that could be measured.
        reason: one sentence.
    """

    better: bool
    comparisons: tuple[Comparison, ...]
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        return {**asdict(self), "comparisons": [asdict(one) for one in self.comparisons]}


def judge_candidate(
    parent: Sequence[PageResult], candidate: Sequence[PageResult], seed: int = 0
) -> Verdict:
    """Compare two models page by page, by a bootstrap that draws both models' pages together.

    F1 is compared where there are boxes, the character error rate and the share of the text that
    finds a box where there is text. The intervals of k figures cover 1 - 5 %/k each, so that a
    candidate that is no better passes in at most 2.5 of 100 cases.

    Args:
        parent: its results.
        candidate: likewise, of the same pages in the same order.
        seed: equal seeds draw equal pages.

    Raises:
        ValueError: if the pages differ.
    """
    if [one.page for one in parent] != [one.page for one in candidate]:
        raise ValueError(
            f"both models must have read the same pages in the same order, got {len(parent)} and "
            f"{len(candidate)}; examine both on the same pages"
        )
    counts_P12 = np.hstack([_counts(parent), _counts(candidate)])
    known = {name: counts_P12[_known(counts_P12, columns)] for name, columns in COLUMNS.items()}
    measured = {name: of for name, of in known.items() if len(of) >= FEWEST_PAGES}
    coverage = 1 - (1 - COVERAGE) / max(1, len(measured))
    return _decide(tuple(_compare(name, of, coverage, seed) for name, of in measured.items()))


def _known(counts_P12: Sums, columns: list[int]) -> npt.NDArray[np.bool_]:
    """Which pages say something of a figure: only these are drawn for it."""
    both = columns + [column + 6 for column in columns]
    known_P: npt.NDArray[np.bool_] = counts_P12[:, both].sum(1) > 0
    return known_P


def _counts(pages: Sequence[PageResult]) -> Sums:
    return np.array(
        [
            (p.matches.tp, p.matches.fp, p.matches.fn, p.text.edits, p.text.length, p.found)
            for p in pages
        ],
        np.int64,
    ).reshape(-1, 6)


def _f1(counts_RK: Sums) -> npt.NDArray[np.float64]:
    twice_R = 2 * counts_RK[..., TP]
    return _ratio(twice_R, twice_R + counts_RK[..., FP] + counts_RK[..., FN])


def _error_rate(counts_RK: Sums) -> npt.NDArray[np.float64]:
    return _ratio(counts_RK[..., EDITS], counts_RK[..., LENGTH])


def _aligned(counts_RK: Sums) -> npt.NDArray[np.float64]:
    return _ratio(counts_RK[..., FOUND], counts_RK[..., LENGTH])


def _ratio(part: Sums, whole: Sums) -> npt.NDArray[np.float64]:
    ratio: npt.NDArray[np.float64] = part / np.maximum(whole, 1)
    return ratio


FIGURES: dict[str, tuple[Callable[[Sums], npt.NDArray[np.float64]], int]] = {
    "F1": (_f1, 1),
    "CER": (_error_rate, -1),
    "aligned recall": (_aligned, 1),
}


COLUMNS = {"F1": [TP, FP, FN], "CER": [EDITS, LENGTH], "aligned recall": [EDITS, LENGTH]}


def _compare(figure: str, counts_P12: Sums, coverage: float, seed: int) -> Comparison:
    of, sign = FIGURES[figure]
    draws_R12, sums_12 = resample(counts_P12, seed), counts_P12.sum(0)
    gain_R = sign * (of(draws_R12[:, 6:]) - of(draws_R12[:, :6]))
    parent, candidate = float(of(sums_12[:6])), float(of(sums_12[6:]))
    return Comparison(figure, parent, candidate, middle(gain_R, coverage))


def _decide(comparisons: tuple[Comparison, ...]) -> Verdict:
    if not comparisons:
        reason = (
            "gain and noise look alike on fewer than two pages with boxes or text; hold out more"
        )
        return Verdict(better=False, comparisons=(), reason=reason)
    told = ", ".join(map(str, comparisons))
    worse = [one.figure for one in comparisons if one.gain.high < 0]
    better = [one.figure for one in comparisons if one.gain.low > 0]
    if worse:
        reason = f"worse in {' and '.join(worse)} by more than noise: {told}"
    elif better:
        reason = f"better in {' and '.join(better)} by more than noise: {told}"
    else:
        reason = f"no figure is better by more than noise: {told}"
    return Verdict(bool(better) and not worse, comparisons, reason)
