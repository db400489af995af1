"""COCO object detection: one JSON file with images, annotations and categories.

A category is one character: its name is the character itself or ``U+XXXX``. ``file_name`` is the
scan's key, or its file name where that leaves no doubt. Characters keep the file's order.
"""

import json
from collections.abc import Mapping
from typing import Any

from model.characters import label_to_codepoint
from tasks.label_boxes import Box, make_labels, read_box
from tasks.label_sources.archive import (
    LabelledArchive,
    LabelSourceError,
    NamedLabels,
    PageSize,
    join_scans,
)
from tasks.label_sources.glyph_text import text_to_codepoint
from tasks.label_sources.scan_finder import ScanFinder
from tasks.label_sources.scan_place import open_scans
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.scans import list_scans

FILES = (
    "coco.json",
    "annotations.json",
    "annotations/instances_default.json",  # CVAT's name
    "coco/annotations.json",  # our own export's
)


def read_coco(root: str) -> LabelledArchive:
    """Read the pages of the first of `FILES` that there is; one without annotations is blank.

    Raises:
        StoreError: if there is none of them, or the scans cannot be listed.
        LabelSourceError: if it does not have its format, or two of its names mean one scan.
    """
    store = open_store(root)
    named = parse_coco(_read_first(store))
    archive = open_scans(store)
    scans = list(list_scans(archive))
    return join_scans(archive, scans, named, ScanFinder(scans).find)


def parse_coco(content: bytes) -> dict[str, NamedLabels]:
    """Read COCO's JSON: labels by ``file_name``.

    Raises:
        LabelSourceError: naming the entry and the rule it breaks.
    """
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise LabelSourceError(f"COCO labels must be JSON in UTF-8: {error}") from error
    match tree:
        case {"images": list(images), "annotations": list(entries), "categories": list(categories)}:
            codepoints = dict(map(_read_category, categories))
            names = {key: (name, size) for key, name, size in map(_read_image, images)}
            return _gather(names, entries, codepoints)
    raise LabelSourceError("COCO labels must hold lists of images, annotations and categories")


def _read_first(store: ObjectStore) -> bytes:
    for key in FILES:
        try:
            return store.get(key)
        except ObjectNotFoundError:
            continue
    raise ObjectNotFoundError(f"there is no COCO file; name it {FILES[0]}")


def _gather(
    names: Mapping[Any, tuple[str, PageSize | None]],
    entries: list[Any],
    codepoints: Mapping[Any, int],
) -> dict[str, NamedLabels]:
    pages: dict[str, list[tuple[int, Box]]] = {name: [] for name, _ in names.values()}
    if len(pages) < len(names):
        raise LabelSourceError("COCO labels have two images of one file_name; keep one")
    for number, entry in enumerate(entries, 1):
        try:
            image, category, box = entry["image_id"], entry["category_id"], read_box(entry["bbox"])
            pages[names[image][0]].append((codepoints[category], box))
        except (KeyError, TypeError, ValueError) as error:
            raise LabelSourceError(
                f"COCO annotation {number} must have image_id and category_id of the same file "
                f"and bbox: {error}"
            ) from error
    sizes = dict(names.values())
    return {name: NamedLabels(make_labels(page), sizes[name]) for name, page in pages.items()}


def _read_image(image: object) -> tuple[Any, str, PageSize | None]:
    match image:
        case {
            "id": int() | str() as key,
            "file_name": str(name),
            "width": int(w),
            "height": int(h),
        }:
            return key, name, (w, h)
        case {"id": int() | str() as key, "file_name": str(name)}:
            return key, name, None
    raise LabelSourceError(f"a COCO image must have id and file_name, got {str(image)[:60]}")


def _read_category(category: object) -> tuple[Any, int]:
    match category:
        case {"id": int() | str() as key, "name": str(name)}:
            try:
                return key, label_to_codepoint(name) if name[:2] == "U+" else text_to_codepoint(
                    name
                )
            except ValueError as error:
                raise LabelSourceError(f"COCO category {key}: {error}") from error
    raise LabelSourceError(f"a COCO category must have id and name, got {str(category)[:60]}")
