"""IIIF Presentation 3: the annotations of a page.

The API: https://iiif.io/api/presentation/3.0/. Columns are plain annotations with their text.
Glyphs are annotations with a Choice of readings, best first, in a file of their own: Mirador shows
nothing of a Choice, and lists an empty annotation for each. The extension
https://iiif.io/api/extension/text-granularity/ names both. ``confidence`` is a name of our own:
IIIF has none, and clients ignore what they do not know.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tasks.exports.glyphs import Alternative, Box, Glyph
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import LANGUAGE, relative_reference

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
GRANULARITY = "http://iiif.io/api/extension/text-granularity/context.json"
LINES = ".annotations.json"  # what follows the page's name
GLYPHS = ".characters.json"
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


def page_to_lines(page: ExportPage, addresses: WebAddresses) -> bytes:
    """Write an annotation for each column, which viewers show."""
    lines = (
        (f"line{column.first}", column.box, _text(column.text), column.confidence)
        for column in page.columns
    )
    return _to_annotation_page(page, addresses, LINES, "line", lines)


def page_to_glyphs(page: ExportPage, addresses: WebAddresses) -> bytes:
    """Write an annotation for each character, with its alternatives."""
    glyphs = (
        (f"glyph{number}", glyph.box, _readings(glyph), glyph.confidence)
        for number, glyph in enumerate(page.glyphs, 1)
    )
    return _to_annotation_page(page, addresses, GLYPHS, "glyph", glyphs)


def _to_annotation_page(
    page: ExportPage,
    addresses: WebAddresses,
    suffix: str,
    granularity: str,
    annotations: Iterable[tuple[str, Box, Tree, float]],
) -> bytes:
    address = addresses.folder(page.name)
    items = [
        {
            "id": f"{address}{suffix}#{name}",
            "type": "Annotation",
            "motivation": "supplementing",
            "textGranularity": granularity,
            "target": f"{address}/canvas#xywh={_place(page, box)}",
            "body": body,
            "confidence": confidence,
        }
        for name, box, body, confidence in annotations
    ]
    return to_bytes(
        {
            "@context": [GRANULARITY, CONTEXT],
            "id": f"{address}{suffix}",
            "type": "AnnotationPage",
            "label": {"none": [f"{SOFTWARE} {SOFTWARE_VERSION}, model {page.model_digest}"]},
            "items": items,
        }
    )


def _place(page: ExportPage, box: Box) -> str:
    left, top, right, bottom = page.edges(box)
    return f"{left},{top},{right - left},{bottom - top}"


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
