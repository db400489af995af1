"""PAGE-XML, valid against its schema and read back."""

import numpy as np
import pytest
from export_samples import DEGENERATE_PAGES, MODEL, pages, parse_valid_xml, whole_edges
from hypothesis import given
from lxml import etree

from tasks.exports.page import ExportPage
from tasks.exports.page_xml import NAMESPACE, page_to_page_xml

PAGE = {"page": NAMESPACE}


def edges_of(element: etree._Element) -> list[int]:
    points = element.find("page:Coords", PAGE).get("points").split()
    (left, top), _, (right, bottom), _ = (map(int, point.split(",")) for point in points)
    return [left, top, right, bottom]


def assert_page_comes_back(page: ExportPage) -> None:
    root = parse_valid_xml(page_to_page_xml(page), "page")

    found = root.findall(".//page:Glyph", PAGE)
    assert [
        [equiv.findtext("page:Unicode", None, PAGE) for equiv in _readings(glyph)]
        for glyph in found
    ] == [[other.character for other in glyph.alternatives] for glyph in page.glyphs]
    assert [[float(equiv.get("conf")) for equiv in _readings(glyph)] for glyph in found] == [
        [glyph.confidence, *(other.confidence for other in glyph.alternatives[1:])]
        for glyph in page.glyphs
    ]
    assert [edges_of(glyph) for glyph in found] == [
        list(page.edges(glyph.box)) for glyph in page.glyphs
    ]
    lines = root.findall(".//page:TextLine/page:TextEquiv/page:Unicode", PAGE)
    assert [line.text for line in lines] == [column.text for column in page.columns]
    assert root.find("page:Page", PAGE).get("imageFilename") == page.printable_key


def _readings(glyph: etree._Element) -> list[etree._Element]:
    return sorted(glyph.iterfind("page:TextEquiv", PAGE), key=lambda equiv: int(equiv.get("index")))


@given(pages())
def test_any_page_comes_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


@given(pages())
def test_whole_pixels_are_the_nearest(page: ExportPage) -> None:
    root = parse_valid_xml(page_to_page_xml(page), "page")

    found = [edges_of(glyph) for glyph in root.iterfind(".//page:Glyph", PAGE)]
    exact = [whole_edges(glyph) for glyph in page.glyphs]
    np.testing.assert_allclose(found, exact, atol=1.0)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


def test_the_model_is_named() -> None:
    root = parse_valid_xml(page_to_page_xml(DEGENERATE_PAGES["one character"]), "page")

    labels = {label.get("type"): label.get("value") for label in root.iter(f"{{{NAMESPACE}}}Label")}
    assert labels["model"] == MODEL
