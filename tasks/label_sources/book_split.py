"""Splits labelled pages by book, as the challenge's second place did."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.label_sources.archive import LabelledPage
from tasks.scans import book_of

FOLDS = 5
# In the challenge umgy003 and umgy007, or hnsd001 and hnsd006, are volumes of one work.
_VOLUME = re.compile(r"([a-z]{4})[0-9]{2,3}")


@dataclass(frozen=True, slots=True, eq=False)
class BookSplit:
    """Pages to train on, and pages of other books to evaluate on."""

    training: Sequence[LabelledPage]
    validation: Sequence[LabelledPage]


def work_of(key: str) -> str:
    """Name what must stay on one side of a split: the book, or the work whose volume it is."""
    book = book_of(key)
    volume = _VOLUME.fullmatch(book)
    return volume[1] if volume else book


def is_volume(book: str) -> bool:
    """Tell whether a book's name is that of a volume of a work."""
    return _VOLUME.fullmatch(book) is not None


def folds_of(pages: Sequence[LabelledPage]) -> Mapping[str, int]:
    """Number the works' folds: sorted by page count, then by name, work i is in fold i mod 5."""
    counts = Counter(work_of(scan.key) for scan, _ in pages)
    ordered = sorted(counts, key=lambda work: (counts[work], work))
    return {work: number % FOLDS for number, work in enumerate(ordered)}


def split_by_book(pages: Sequence[LabelledPage], *, fold: int | None) -> BookSplit:
    """Keep the works of one fold for evaluation.

    Args:
        pages: all labelled pages.
        fold: 0 to 4, see `folds_of`; None keeps no work.

    Raises:
        ValueError: if there is no such fold.
    """
    if fold is None:
        return BookSplit(training=pages, validation=())
    if not 0 <= fold < FOLDS:
        raise ValueError(f"fold must lie in [0, {FOLDS}), got {fold}")
    folds = folds_of(pages)
    kept = [folds[work_of(scan.key)] == fold for scan, _ in pages]
    return BookSplit(
        training=[page for page, keep in zip(pages, kept, strict=True) if not keep],
        validation=[page for page, keep in zip(pages, kept, strict=True) if keep],
    )
