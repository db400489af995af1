"""IIIF Presentation 3: the annotations of a page.

The API: https://iiif.io/api/presentation/3.0/. Columns are plain annotations with their text, which
every viewer shows; glyphs are annotations with a Choice of readings, best first. The extension
https://iiif.io/api/extension/text-granularity/ tells them apart. ``confidence`` is a name
of our own: IIIF has none, and clients ignore what they do not know.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tasks.exports.glyphs import Alternative, Box, Column, Glyph
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import LANGUAGE, relative_reference

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
GRANULARITY = "http://iiif.io/api/extension/text-granularity/context.json"
Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WebAddresses:
    """Where things will be on the web.

    Attributes:
        exports: address of the folder of all exports, without a final slash.
        scans: address of the archive: a page's key behind it is its image.
    """

    exports: str
    scans: str

    def __post_init__(self) -> None:
        for address in (self.exports, self.scans):
            if re.fullmatch(r"https?://[^\s?#<>\"]+", address) is None:
                raise ValueError(
                    "an address must begin with http:// or https:// and have no blank, ? or #, "
                    f"got {address!r}"
                )

    def folder(self, name: str) -> str:
        """Address of what has this relative name below the folder of IIIF exports."""
        return f"{self.exports}/iiif/{relative_reference(name)}"


def page_to_annotations(page: ExportPage, addresses: WebAddresses) -> bytes:
    """Write a page's annotation page: each column, followed by its glyphs."""
    address = addresses.folder(page.name)
    items = [item for column in page.columns for item in _annotations(page, column, address)]
    return to_bytes(
        {
            "@context": [GRANULARITY, CONTEXT],
            "id": f"{address}.annotations.json",
            "type": "AnnotationPage",
            "label": {"none": [f"{SOFTWARE} {SOFTWARE_VERSION}, model {page.model_digest}"]},
            "items": items,
        }
    )


def _annotations(page: ExportPage, column: Column, address: str) -> Iterator[Tree]:
    line = {"body": _text(column.text), "confidence": column.confidence}
    yield _annotation(page, column.box, address, f"line{column.first}", "line") | line
    for number, glyph in enumerate(column.glyphs, column.first):
        body = {"body": _readings(glyph), "confidence": glyph.confidence}
        yield _annotation(page, glyph.box, address, f"glyph{number}", "glyph") | body


def _annotation(page: ExportPage, box: Box, address: str, name: str, granularity: str) -> Tree:
    left, top, right, bottom = page.edges(box)
    return {
        "id": f"{address}.annotations.json#{name}",
        "type": "Annotation",
        "motivation": "supplementing",
        "textGranularity": granularity,
        "target": f"{address}/canvas#xywh={left},{top},{right - left},{bottom - top}",
    }


def _readings(glyph: Glyph) -> Tree:
    return {"type": "Choice", "items": [_reading(other) for other in glyph.alternatives]}


def _reading(reading: Alternative) -> Tree:
    return {**_text(reading.character), "confidence": reading.confidence}


def _text(text: str) -> Tree:
    return {"type": "TextualBody", "value": text, "language": LANGUAGE, "format": "text/plain"}


def to_bytes(tree: Tree) -> bytes:
    """Write a document."""
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(errors="replace")
