"""JSON Lines: one line of JSON for each page, with all that is known of its characters."""

import json
from collections.abc import Iterator
from typing import Any

from model.characters import codepoint_to_label
from tasks.exports.glyphs import Alternative, Column, Glyph
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage


class JsonLines:
    """Collects pages for ``readings.jsonl``."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def add(self, page: ExportPage) -> None:
        """Take in a page."""
        self._lines.append(page_to_json_line(page))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """``readings.jsonl``, its lines in the order of the page keys."""
        yield "readings.jsonl", b"".join(self._lines)


def page_to_json_line(page: ExportPage) -> bytes:
    """Write a page as one line."""
    tree = {
        "page_key": page.key,
        "width": page.width,
        "height": page.height,
        "software": f"{SOFTWARE} {SOFTWARE_VERSION}",
        "model": page.model_digest,
        "read_at": page.read_at.isoformat(),
        "columns": [_column(column) for column in page.columns],
    }
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(errors="replace") + b"\n"


def _column(column: Column) -> dict[str, Any]:
    return {"text": column.text, "characters": [_character(glyph) for glyph in column.glyphs]}


def _character(glyph: Glyph) -> dict[str, Any]:
    box = glyph.box
    return {
        "character": glyph.character,
        "codepoint": codepoint_to_label(glyph.alternatives[0].codepoint),
        "box": [box.x, box.y, box.width, box.height],
        "confidence": glyph.confidence,
        "alternatives": [_alternative(other) for other in glyph.alternatives[1:]],
    }


def _alternative(other: Alternative) -> dict[str, Any]:
    return {
        "character": other.character,
        "codepoint": codepoint_to_label(other.codepoint),
        "probability": other.probability,
    }
