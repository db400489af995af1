"""COCO object detection: images, boxes with scores, and code points as categories.

The fields: https://cocodataset.org/#format-data, with ``score`` as in its results format.
"""

import json
from collections.abc import Iterator
from typing import Any

from model.characters import codepoint_to_label
from tasks.exports.glyphs import Glyph, character_of
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage

_SEPARATOR = b",\n"


class Coco:
    """Collects pages for ``annotations.json``. A category's id is its code point."""

    def __init__(self) -> None:
        self._images: list[bytes] = []
        self._annotations: list[bytes] = []  # a page each: objects would take five times the memory
        self._count = 0
        self._codepoints: set[int] = set()
        self._models: set[str] = set()

    def add(self, page: ExportPage) -> None:
        """Take in a page; ids count up in the order of pages and of reading."""
        image, glyphs = len(self._images) + 1, page.glyphs
        size = {"width": page.width, "height": page.height}
        self._images.append(_to_json({"id": image, "file_name": page.key, **size}))
        self._models.add(page.model_digest)
        self._codepoints.update(glyph.alternatives[0].codepoint for glyph in glyphs)
        if glyphs:
            numbered = enumerate(glyphs, self._count + 1)
            annotations = (
                _to_json(_annotation(glyph, number, image)) for number, glyph in numbered
            )
            self._annotations.append(_SEPARATOR.join(annotations))
            self._count += len(glyphs)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """``annotations.json``."""
        information = {
            "description": f"characters read by model {', '.join(sorted(self._models))}",
            "version": SOFTWARE_VERSION,
            "contributor": SOFTWARE,
        }
        lists = {
            b"images": self._images,
            b"annotations": self._annotations,
            b"categories": [_to_json(_category(code)) for code in sorted(self._codepoints)],
        }
        members = [b'"info":%s' % _to_json(information)]
        members += [b'"%s":[%s]' % (name, _SEPARATOR.join(items)) for name, items in lists.items()]
        yield "annotations.json", b"{%s}\n" % _SEPARATOR.join(members)


def _annotation(glyph: Glyph, number: int, image: int) -> dict[str, Any]:
    box = glyph.box
    return {
        "id": number,
        "image_id": image,
        "category_id": glyph.alternatives[0].codepoint,
        "bbox": [box.x, box.y, box.width, box.height],
        "area": round(box.width * box.height, 2),
        "segmentation": [],
        "iscrowd": 0,
        "score": glyph.confidence,
    }


def _category(codepoint: int) -> dict[str, Any]:
    label = codepoint_to_label(codepoint)
    return {"id": codepoint, "name": character_of(codepoint), "supercategory": label}


def _to_json(tree: dict[str, Any]) -> bytes:
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode(errors="replace")
