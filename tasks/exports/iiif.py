"""IIIF Presentation 3: annotations for each page, a manifest for each book, a collection of all.

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

from tasks.exports.file_names import safe_path
from tasks.exports.page import (
    SOFTWARE,
    SOFTWARE_VERSION,
    Alternative,
    Box,
    Column,
    ExportPage,
    Glyph,
)
from tasks.exports.xml import LANGUAGE, relative_reference
from tasks.scans import book_of

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
GRANULARITY = "http://iiif.io/api/extension/text-granularity/context.json"
Tree = dict[str, Any]

_MEDIA_TYPES = {"png": "image/png", "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp"}


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
            if re.match("https?://[^/?#]+", address) is None:
                raise ValueError(f"an address must begin with http:// or https://, got {address!r}")

    def folder(self, name: str) -> str:
        """Address of what has this relative name below the folder of IIIF exports."""
        return f"{self.exports}/iiif/{relative_reference(name)}"


def page_to_annotations(page: ExportPage, addresses: WebAddresses) -> bytes:
    """Write a page's annotation page: each column, followed by its glyphs."""
    address = addresses.folder(page.name)
    items = [item for column in page.columns for item in _annotations(page, column, address)]
    return _to_bytes(
        {
            "@context": [GRANULARITY, CONTEXT],
            "id": f"{address}.annotations.json",
            "type": "AnnotationPage",
            "label": {"none": [f"{SOFTWARE} {SOFTWARE_VERSION}, model {page.model_digest}"]},
            "items": items,
        }
    )


class IiifManifests:
    """Collects pages for a ``manifest.json`` of each book and the ``collection.json`` of all."""

    def __init__(self, addresses: WebAddresses) -> None:
        self._addresses = addresses
        self._books: dict[str, list[Tree]] = {}
        self._models: set[str] = set()

    def add(self, page: ExportPage) -> None:
        """Take in a page."""
        canvas = _canvas(page, self._addresses)
        self._books.setdefault(book_of(page.key), []).append(canvas)
        self._models.add(page.model_digest)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The manifests, then the collection."""
        references = []
        for book, canvases in self._books.items():
            name = f"{safe_path(book)}/manifest.json"
            reference = {
                "id": self._addresses.folder(name),
                "type": "Manifest",
                "label": {"none": [book]},
            }
            references.append(reference)
            yield name, _to_bytes(self._manifest(reference, canvases))
        collection = {
            "@context": CONTEXT,
            "id": self._addresses.folder("collection.json"),
            "type": "Collection",
            "label": {"en": ["All books"], "ja": ["全冊"]},
            "items": references,
        }
        yield "collection.json", _to_bytes(collection)

    def _manifest(self, reference: Tree, canvases: list[Tree]) -> Tree:
        software = {"none": [f"{SOFTWARE} {SOFTWARE_VERSION}"]}
        return {
            "@context": CONTEXT,
            **reference,
            "metadata": [
                {"label": {"en": ["Text read by"], "ja": ["翻刻"]}, "value": software},
                {
                    "label": {"en": ["Model"], "ja": ["モデル"]},
                    "value": {"none": sorted(self._models)},
                },
            ],
            "viewingDirection": "right-to-left",
            "items": canvases,
        }


def _canvas(page: ExportPage, addresses: WebAddresses) -> Tree:
    address = addresses.folder(page.name)
    size = {"width": page.width, "height": page.height}
    image = {
        "id": f"{addresses.scans}/{relative_reference(page.key)}",
        "type": "Image",
        "format": _MEDIA_TYPES.get(page.key.rpartition(".")[2].lower(), "image/jpeg"),
        **size,
    }
    painting = {
        "id": f"{address}/image",
        "type": "Annotation",
        "motivation": "painting",
        "body": image,
        "target": f"{address}/canvas",
    }
    painted = {"id": f"{address}/painting", "type": "AnnotationPage", "items": [painting]}
    return {
        "id": f"{address}/canvas",
        "type": "Canvas",
        "label": {"none": [page.key.rpartition("/")[2]]},
        **size,
        "items": [painted],
        "annotations": [{"id": f"{address}.annotations.json", "type": "AnnotationPage"}],
    }


def _annotations(page: ExportPage, column: Column, address: str) -> Iterator[Tree]:
    line = {"body": _text(column.text), "confidence": column.confidence}
    yield _annotation(page, column.box, address, f"line{column.first}", "line") | line
    for number, glyph in enumerate(column.glyphs, column.first):
        body = {"body": _readings(glyph), "confidence": glyph.confidence}
        yield _annotation(page, glyph.box, address, f"glyph{number}", "glyph") | body


def _annotation(page: ExportPage, box: Box, address: str, name: str, granularity: str) -> Tree:
    left, top, right, bottom = box.edges(page)
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


def _to_bytes(tree: Tree) -> bytes:
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(errors="replace")
