"""Photographed glyphs of labelled pages: a set for each character of each book."""

from pathlib import Path

import cv2
import numpy as np

from model.characters import UNKNOWN_CODEPOINT, Labels
from tasks.crop_sources import LabelledPages
from tasks.object_store import open_store
from tasks.page_strokes import GLYPHS, page_strokes
from tasks.scans import list_scans

NO, KU = ord("の"), ord("く")
SIDE, PITCH = 24, 32


def written_page(codepoints: list[int]) -> tuple[bytes, Labels]:
    """Squares of ink in rows of ten, each labelled."""
    rows = -(-len(codepoints) // 10)
    image_HW3 = np.full((PITCH * (rows + 1), PITCH * 11, 3), 200, np.uint8)
    corners = [(PITCH * (n % 10) + 8, PITCH * (n // 10) + 8) for n in range(len(codepoints))]
    for x, y in corners:
        image_HW3[y + 3 : y + SIDE - 3, x + 3 : x + SIDE - 3] = 40
    boxes = np.array([(x, y, SIDE, SIDE) for x, y in corners], np.float32)
    data = cv2.imencode(".png", image_HW3)[1].tobytes()
    return data, Labels(boxes, np.array(codepoints, np.int32))


def source_of(folder: Path, pages: dict[str, list[int]]) -> LabelledPages:
    labels = {}
    for key, codepoints in pages.items():
        data, labels[key] = written_page(codepoints)
        (folder / key).parent.mkdir(exist_ok=True)
        (folder / key).write_bytes(data)
    store = open_store(str(folder))
    return LabelledPages(store, [(scan, labels[scan.key]) for scan in list_scans(store)])


def test_each_book_has_a_set_of_its_own_for_each_character(tmp_path: Path) -> None:
    pages = {"genji/1.png": [NO, NO, KU], "genji/2.png": [NO], "heike/1.png": [NO]}

    strokes = page_strokes([source_of(tmp_path, pages)])

    assert [(s.codepoint, len(s.images_NHW)) for s in strokes] == [(KU, 1), (NO, 3), (NO, 1)]


def test_a_frequent_character_does_not_fill_the_memory(tmp_path: Path) -> None:
    [strokes] = page_strokes([source_of(tmp_path, {"genji/1.png": [NO] * (GLYPHS + 20)})])

    assert len(strokes.images_NHW) == GLYPHS


def test_pages_without_names_are_not_even_opened(tmp_path: Path) -> None:
    source = source_of(tmp_path, {"genji/1.png": [UNKNOWN_CODEPOINT] * 3})
    (tmp_path / "genji" / "1.png").unlink()

    assert page_strokes([source]) == []
