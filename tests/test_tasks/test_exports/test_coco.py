"""COCO, read by the reference implementation."""

from pathlib import Path

import pytest
from export_samples import DEGENERATE_PAGES, page_of, pages, reading_of
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

from tasks.exports.coco import Coco
from tasks.exports.glyphs import Box
from tasks.exports.page import ExportPage


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("coco") / "annotations.json"


def export(some: list[ExportPage], path: Path) -> COCO:
    collected = Coco()
    for page in some:
        collected.add(page)
    ((name, content),) = collected.files()
    assert name == path.name
    path.write_bytes(content)
    return COCO(str(path))


def assert_pages_come_back(coco: COCO, some: list[ExportPage]) -> None:
    images = coco.loadImgs(coco.getImgIds())
    assert len(images) == len(some)
    for image, page in zip(images, some, strict=True):
        found = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
        names = [category["name"] for a in found for category in coco.loadCats(a["category_id"])]
        assert names == [glyph.character for glyph in page.glyphs]
        assert [a["category_id"] for a in found] == page.reading.codepoints_NK[:, 0].tolist()
        assert [Box(*annotation["bbox"]) for annotation in found] == [g.box for g in page.glyphs]
        assert [a["score"] for a in found] == [glyph.confidence for glyph in page.glyphs]
        assert (image["width"], image["height"]) == (page.width, page.height)


@given(some=st.lists(pages(), max_size=3))
def test_any_pages_come_back(some: list[ExportPage], path: Path) -> None:
    assert_pages_come_back(export(some, path), some)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage, path: Path) -> None:
    assert_pages_come_back(export([page], path), [page])


def test_a_file_is_named_by_its_key(path: Path) -> None:
    coco = export([page_of(reading_of([]), "源氏/<img onerror=…>.jpg")], path)

    assert [image["file_name"] for image in coco.dataset["images"]] == ["源氏/<img onerror=…>.jpg"]
