"""What an archive holds for people: its books and pages, with text and mean confidence.

A page takes about as much memory as its text: hundreds of thousands fit.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tasks.page_row import PageRow
from tasks.scans import book_of

_ID_DIGITS = 16  # 64 bits: among a million pages two share an id once in 37 million archives


@dataclass(frozen=True, slots=True)
class CataloguedPage:
    """One page.

    Attributes:
        id: names it in addresses, whatever its key holds.
        key: of its scan in the archive.
        image: names this version of its scan.
        width: of the upright page in pixels; None if it could not be decoded.
        height: likewise.
        text: its best readings in reading order, one code point a character.
        confidence: mean score of its characters; None if there are none.
        error: why it could not be read, if so.
    """

    id: str
    key: str
    image: str
    width: int | None
    height: int | None
    text: str
    confidence: float | None
    error: str | None


@dataclass(frozen=True, slots=True)
class CataloguedBook:
    """The pages of one book, in key order."""

    id: str
    name: str
    pages: tuple[CataloguedPage, ...]

    @property
    def characters(self) -> int:
        """How many were found."""
        return sum(len(page.text) for page in self.pages)

    @property
    def confidence(self) -> float | None:
        """Mean score of its characters; None if there are none."""
        total = sum((page.confidence or 0) * len(page.text) for page in self.pages)
        return total / self.characters if self.characters else None


def name_digest(*names: str) -> str:
    """Name something in addresses: keys may hold what no address or file system can."""
    return hashlib.sha256("\0".join(names).encode()).hexdigest()[:_ID_DIGITS]


def catalogue_books(
    rows: Mapping[str, PageRow], count: Callable[[PageRow], None]
) -> tuple[CataloguedBook, ...]:
    """Go through all current rows once.

    Args:
        rows: by page key, in key order.
        count: called with every row, for progress.
    """
    books: dict[str, list[CataloguedPage]] = {}
    for row in rows.values():
        books.setdefault(book_of(row.scan.key), []).append(catalogue_page(row))
        count(row)
    return tuple(
        CataloguedBook(name_digest(name), name, tuple(pages)) for name, pages in books.items()
    )


def catalogue_page(row: PageRow) -> CataloguedPage:
    """Keep of a row what lists and search need."""
    reading = row.reading
    return CataloguedPage(
        id=name_digest(row.scan.key),
        key=row.scan.key,
        image=name_digest(row.scan.key, row.scan.etag),
        width=row.width,
        height=row.height,
        text="".join(map(chr, reading.codepoints_NK[:, 0])) if reading else "",
        confidence=float(reading.scores_N.mean()) if reading else None,
        error=None if reading is not None else row.error_message or row.error_kind,
    )
