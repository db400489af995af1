"""COCO object detection: images, boxes with scores, and code points as categories.

The fields: https://cocodataset.org/#format-data, with ``score`` as in its results format.
"""

import json
from collections.abc import Iterator
from typing import Any

from model.characters import codepoint_to_label
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage, Glyph, character_of


class Coco:
    """Collects pages for ``annotations.json``. A category's id is its code point."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._models: set[str] = set()

    def add(self, page: ExportPage) -> None:
        """Take in a page; ids count up in the order of pages and of reading."""
        image = len(self._images) + 1
        size = {"width": page.width, "height": page.height}
        self._images.append({"id": image, "file_name": page.key, **size})
        self._models.add(page.model_digest)
        for number, glyph in enumerate(page.glyphs, len(self._annotations) + 1):
            self._annotations.append(_annotation(glyph, number, image))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """``annotations.json``."""
        codepoints = sorted({annotation["category_id"] for annotation in self._annotations})
        tree = {
            "info": {
                "description": f"characters read by model {', '.join(sorted(self._models))}",
                "version": SOFTWARE_VERSION,
                "contributor": SOFTWARE,
            },
            "images": self._images,
            "annotations": self._annotations,
            "categories": [_category(codepoint) for codepoint in codepoints],
        }
        text = json.dumps(tree, ensure_ascii=False, allow_nan=False)
        yield "annotations.json", text.encode(errors="replace")


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
