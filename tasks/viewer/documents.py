"""The JSON documents of the viewer: the archive, a book, a book's text, a page.

Boxes are whole pixels inside the upright page; characters are columns of numbers, which is a fifth
of the size of an object each. Shapes: N characters.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from model.characters import IntArray, PageReading
from tasks.corrections import CorrectedPage
from tasks.page_row import PageRow
from tasks.viewer.catalogue import CataloguedBook, CataloguedPage


def to_json(document: object) -> bytes:
    """Write a document compactly."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def archive_document(
    name: str, books: Sequence[CataloguedBook], *, can_save: bool
) -> dict[str, Any]:
    """The list of books, and whether corrections can be sent back."""
    return {"name": name, "save": can_save, "books": [_book_summary(book) for book in books]}


def book_document(book: CataloguedBook) -> dict[str, Any]:
    """The list of a book's pages."""
    pages = [
        {
            "id": page.id,
            "key": page.key,
            "image": page.image,
            "characters": len(page.text),
            "confidence": _rounded(page.confidence),
            "error": page.error,
        }
        for page in book.pages
    ]
    return {"id": book.id, "name": book.name, "pages": pages}


def text_document(
    book: CataloguedBook, corrections: dict[str, CorrectedPage]
) -> list[tuple[str, str, str]]:
    """What search goes through: id, key and text of each page, as corrected."""
    return [
        (page.id, page.key, text)
        for page in book.pages
        if (text := _text(page, corrections.get(page.key)))
    ]


def page_document(
    page: CataloguedPage, book: CataloguedBook, row: PageRow, corrected: CorrectedPage | None
) -> dict[str, Any]:
    """All about one page."""
    reading = row.reading or PageReading.empty()
    return {
        "id": page.id,
        "key": page.key,
        "book": book.id,
        "image": page.image,
        "width": page.width,
        "height": page.height,
        "error": page.error,
        "boxes": _whole_boxes(reading, page).reshape(-1).tolist(),
        "scores": np.rint(reading.scores_N * 1000).astype(int).tolist(),
        "alternatives": _alternatives(reading),
        "corrected": corrected and correction_document(corrected),
    }


def correction_document(corrected: CorrectedPage) -> dict[str, Any]:
    """A saved correction and its version."""
    characters = [[codepoint, *box] for codepoint, box in corrected.characters]
    return {"version": corrected.version, "characters": characters}


def _book_summary(book: CataloguedBook) -> dict[str, Any]:
    read = [page for page in book.pages if page.error is None]
    return {
        "id": book.id,
        "name": book.name,
        "pages": len(book.pages),
        "failed": len(book.pages) - len(read),
        "characters": book.characters,
        "confidence": _rounded(book.confidence),
        "cover": read[0].image if read else None,
    }


def _text(page: CataloguedPage, corrected: CorrectedPage | None) -> str:
    if corrected is None:
        return page.text
    return "".join(chr(codepoint) for codepoint, _ in corrected.characters)


def _whole_boxes(reading: PageReading, page: CataloguedPage) -> IntArray:
    """Round edges, not sizes, and keep them inside the page: labels must not leave it."""
    limits = np.array([page.width or 0, page.height or 0])
    begin_N2 = np.rint(reading.boxes_N4[:, :2]).clip(0, limits - 1)
    end_N2 = np.rint(reading.boxes_N4[:, :2] + reading.boxes_N4[:, 2:]).clip(begin_N2 + 1, limits)
    return np.concatenate([begin_N2, end_N2 - begin_N2], axis=1).astype(np.int32)


def _alternatives(reading: PageReading) -> list[list[tuple[int, float]]]:
    codepoints_NK, confidences_NK = reading.codepoints_NK.tolist(), reading.confidences.tolist()
    return [
        [(codepoint, round(confidence, 3)) for codepoint, confidence in zip(*pair, strict=True)]
        for pair in zip(codepoints_NK, confidences_NK, strict=True)
    ]


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 3)
