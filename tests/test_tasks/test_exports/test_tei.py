"""TEI, valid against its schema and read back."""

from urllib.parse import unquote

import pytest
from export_samples import DEGENERATE_PAGES, MODEL, pages, parse_valid_xml
from hypothesis import given
from lxml import etree

from tasks.exports.glyphs import Box
from tasks.exports.page import ExportPage
from tasks.exports.tei import NAMESPACE, page_to_tei
from tasks.exports.xml import XML_ID

TEI = {"tei": NAMESPACE}


def box_of(zone: etree._Element) -> Box:
    left, top, right, bottom = (float(zone.attrib[name]) for name in ("ulx", "uly", "lrx", "lry"))
    return Box(left, top, round(right - left, 2), round(bottom - top, 2))


def assert_page_comes_back(page: ExportPage) -> None:
    root = parse_valid_xml(page_to_tei(page), "tei")

    zones = {f"#{zone.get(XML_ID)}": zone for zone in root.iterfind(".//tei:zone", TEI)}
    found = root.findall(".//tei:c", TEI)
    assert [element.text for element in found] == [glyph.character for glyph in page.glyphs]
    assert [box_of(zones[c.attrib["facs"]]) for c in found] == [g.box for g in page.glyphs]
    assert [float(c.attrib["cert"]) for c in found] == [g.confidence for g in page.glyphs]
    breaks = root.findall(".//tei:lb", TEI)
    assert [box_of(zones[lb.attrib["facs"]]) for lb in breaks] == [c.box for c in page.columns]
    text = "".join(root.find(".//tei:body", TEI).itertext())
    assert text == "".join(f"\n{column.text}" for column in page.columns)
    url = root.find(".//tei:graphic", TEI).get("url")
    assert unquote(url, errors="surrogatepass") == page.key


@given(pages())
def test_any_page_comes_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


def test_the_model_is_named() -> None:
    root = parse_valid_xml(page_to_tei(DEGENERATE_PAGES["one character"]), "tei")

    assert MODEL in (root.findtext(".//tei:application/tei:desc", None, TEI) or "")
