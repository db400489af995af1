"""hOCR, valid XHTML and read back."""

import re

import pytest
from export_samples import DEGENERATE_PAGES, MODEL, pages, parse_valid_xml
from hypothesis import given
from lxml import etree

from tasks.exports.hocr import NAMESPACE, page_to_hocr
from tasks.exports.page import ExportPage


def of_class(root: etree._Element, name: str) -> list[etree._Element]:
    found = root.xpath("//html:*[@class=$name]", namespaces={"html": NAMESPACE}, name=name)
    assert isinstance(found, list)
    return found


def properties(element: etree._Element) -> dict[str, str]:
    """The title's properties, as the specification's grammar reads them."""
    pairs = re.findall(r'\s*(\w+)((?:\s+(?:"[^"]*"|[^";\s]+))+)\s*(?:;|$)', element.get("title"))
    return {name: value.strip() for name, value in pairs}


def assert_page_comes_back(page: ExportPage) -> None:
    root = parse_valid_xml(page_to_hocr(page), "hocr")

    found = of_class(root, "ocrx_cinfo")
    assert [element.text for element in found] == [glyph.character for glyph in page.glyphs]
    assert [properties(element)["x_bboxes"] for element in found] == [
        " ".join(map(str, page.edges(glyph.box))) for glyph in page.glyphs
    ]
    assert [float(properties(element)["x_confs"]) for element in found] == pytest.approx(
        [100 * glyph.confidence for glyph in page.glyphs]
    )
    lines = of_class(root, "ocr_line")
    assert ["".join(line.itertext()) for line in lines] == [c.text for c in page.columns]
    (whole,) = of_class(root, "ocr_page")
    assert properties(whole)["bbox"] == f"0 0 {page.width} {page.height}"


@given(pages())
def test_any_page_comes_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


def test_the_model_is_named() -> None:
    root = parse_valid_xml(page_to_hocr(DEGENERATE_PAGES["one character"]), "hocr")

    facts = {meta.get("name"): meta.get("content") for meta in root.iter(f"{{{NAMESPACE}}}meta")}
    assert MODEL in facts["ocr-system"]
