"""The report's numbers, as values that JSON knows: what the page shows, others can compute with."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from model.bootstrap import COVERAGE, RESAMPLES, page_intervals
from model.characters import codepoint_to_label
from model.metric import Counts, counts_of
from model.reliability import error_by_chance, expected_calibration_error, reliability
from tasks.page_row import PageRow, PageTimings
from tasks.report.scored_pages import AllCharacters, ScoredPage, all_characters

FREQUENCIES = (0, 1, 2, 10, 100, 1000)  # a class belongs to the last that its count reaches
WORST_PAGES = 6
WORST_PAIRS = 20
EXAMPLES = 3  # crops of each confused pair
Figures = dict[str, Any]


def report_figures(pages: Sequence[ScoredPage], rows: Sequence[PageRow]) -> Figures:
    """Compute everything that the report shows.

    Args:
        pages: every labelled page.
        rows: every page of the archive; the speed is theirs.
    """
    characters = all_characters(pages)
    by_book = sorted(pages, key=lambda page: page.book)
    return {
        "coverage": _coverage(pages, rows),
        "intervals": {"method": "bootstrap over pages", "resamples": RESAMPLES, "share": COVERAGE},
        "overall": _scores(pages),
        "books": [
            {"book": book, **_scores(list(of_book))}
            for book, of_book in groupby(by_book, key=lambda page: page.book)
        ],
        "reliability": _reliability(characters),
        "by_frequency": _by_frequency(characters),
        "by_size": _by_size(characters),
        "confusions": _confusions(pages),
        "worst_pages": _worst_pages(pages),
        "speed": _speed(rows),
    }


def _coverage(pages: Sequence[ScoredPage], rows: Sequence[PageRow]) -> Figures:
    held = [page.row for page in pages if page.row is not None]
    return {
        "labelled": len(pages),
        "read": sum(row.reading is not None for row in held),
        "failed": [row.scan.key for row in held if row.reading is None],
        "missing": [page.image_id for page in pages if page.row is None],
        "unlabelled": len(rows) - len(held),
    }


def _scores(pages: Sequence[ScoredPage]) -> Figures:
    counts = sum((page.counts for page in pages), Counts())
    detection = sum(
        (counts_of(page.detection_M, len(page.codepoints_N)) for page in pages), Counts()
    )
    intervals = page_intervals([page.counts for page in pages])
    return {
        "pages": len(pages),
        "characters": sum(len(page.truth) for page in pages),
        **_ratios(counts),
        "intervals": intervals and {name: asdict(one) for name, one in intervals.items()},
        "detection_f1": detection.f1,
    }


def _ratios(counts: Counts) -> Figures:
    names = ("f1", "precision", "recall", "tp", "fp", "fn")
    return {name: getattr(counts, name) for name in names}


def _reliability(characters: AllCharacters) -> Figures:
    bins = reliability(characters.scores_P, characters.right_P)
    return {
        "ece": expected_calibration_error(bins),
        "ece_by_chance": error_by_chance(characters.scores_P),
        "bins": [asdict(one) for one in bins],
    }


def _by_frequency(characters: AllCharacters) -> list[Figures]:
    """Scores of rare and of common characters; how common they are, the labels tell."""
    common = Counter(characters.truths_T.tolist())

    def group(codepoints: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        counts = [common[codepoint] for codepoint in codepoints.tolist()]
        return np.searchsorted(FREQUENCIES, counts, side="right") - 1

    ends: list[int | None] = [start - 1 for start in FREQUENCIES[1:]] + [None]
    grouped = _grouped(characters, group(characters.truths_T), group(characters.reads_P))
    classes = Counter(group(np.array(list(common), np.int32)).tolist())
    return [
        {"from": FREQUENCIES[g], "to": ends[g], "classes": classes[g], **_ratios(counts)}
        for g, counts in grouped
    ]


def _by_size(characters: AllCharacters) -> list[Figures]:
    """Scores by character size in pixels of the full page, an octave each."""

    def octave(sizes: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        return np.floor(np.log2(np.maximum(sizes, 1.0))).astype(np.int64)

    sizes = octave(characters.truth_sizes_T), octave(characters.read_sizes_P)
    return [
        {"from": 2**g, "to": 2 ** (g + 1), **_ratios(counts)}
        for g, counts in _grouped(characters, *sizes)
    ]


def _grouped(
    characters: AllCharacters, truth_T: npt.NDArray[np.int64], read_P: npt.NDArray[np.int64]
) -> list[tuple[int, Counts]]:
    """Counts of each group: what was found and missed of its own, what was wrongly read as it."""
    tp = Counter(truth_T[characters.found_T].tolist())
    fn = Counter(truth_T[~characters.found_T].tolist())
    fp = Counter(read_P[~characters.right_P].tolist())
    return [(g, Counts(tp[g], fp[g], fn[g])) for g in sorted(tp.keys() | fn.keys() | fp.keys())]


def _confusions(pages: Sequence[ScoredPage]) -> list[Figures]:
    """The characters that were most often read as another one, with places to look at."""
    places: dict[tuple[int, int], list[Figures]] = {}
    for page in pages:
        for truth, read, box in _confused(page):
            place = {"page": page.image_id, "box": box}
            places.setdefault((truth, read), []).append(place)
    worst = sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))[:WORST_PAIRS]
    return [
        {
            "truth": codepoint_to_label(truth),
            "read": codepoint_to_label(read),
            "count": len(found),
            "examples": found[:EXAMPLES],
        }
        for (truth, read), found in worst
    ]


def _confused(page: ScoredPage) -> Iterable[tuple[int, int, list[float]]]:
    for m in np.flatnonzero((page.detection_M >= 0) & (page.match_M < 0)).tolist():
        truth = int(page.truth.codepoints_N[m])
        read = int(page.codepoints_N[page.detection_M[m]])
        if truth != read:  # else its match was taken by another box
            yield truth, read, page.truth.boxes_N4[m].tolist()


def _worst_pages(pages: Sequence[ScoredPage]) -> list[Figures]:
    """The pages with the lowest F1, and of equal ones those with the most errors."""

    def quality(page: ScoredPage) -> tuple[float, int]:
        return page.counts.f1, -(page.counts.fp + page.counts.fn)

    faulty = [page for page in pages if page.counts.fp + page.counts.fn]
    return [
        {"page": page.image_id, **_ratios(page.counts)}
        for page in sorted(faulty, key=quality)[:WORST_PAGES]
    ]


def _speed(rows: Sequence[PageRow]) -> Figures:
    """Seconds that a page took at each step, over pages that were read."""
    timings = [row.timings for row in rows if row.reading is not None]
    steps = {
        field.name: _summary([getattr(one, field.name) for one in timings])
        for field in fields(PageTimings)
    }
    return {"pages": len(timings), "seconds": steps}


def _summary(values: Sequence[float]) -> Mapping[str, float]:
    statistics: dict[str, Callable[[npt.NDArray[np.float64]], np.floating]] = {
        "mean": np.mean,
        "median": np.median,
        "p95": lambda array: np.quantile(array, 0.95),
    }
    array = np.array(values or [0.0], np.float64)
    return {name: float(statistic(array)) for name, statistic in statistics.items()}
