"""ALTO, valid against its schema and read back."""

import pytest
from export_samples import DEGENERATE_PAGES, MODEL, pages, parse_valid_xml
from hypothesis import given

from tasks.exports.alto import NAMESPACE, page_to_alto
from tasks.exports.glyphs import Alternative, Box
from tasks.exports.page import SOFTWARE, ExportPage

ALTO = {"alto": NAMESPACE}


def assert_page_comes_back(page: ExportPage) -> None:
    root = parse_valid_xml(page_to_alto(page), "alto")

    found = root.findall(".//alto:Glyph", ALTO)
    assert [glyph.get("CONTENT") for glyph in found] == [g.character for g in page.glyphs]
    assert [
        Box(*(float(glyph.attrib[name]) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")))
        for glyph in found
    ] == [glyph.box for glyph in page.glyphs]
    assert [float(glyph.attrib["GC"]) for glyph in found] == [g.confidence for g in page.glyphs]
    assert [
        [(variant.get("CONTENT"), float(variant.attrib["VC"])) for variant in glyph]
        for glyph in found
    ] == [list(map(_text_of, glyph.alternatives[1:])) for glyph in page.glyphs]
    strings = root.findall(".//alto:TextLine/alto:String", ALTO)
    assert [string.get("CONTENT") for string in strings] == [c.text for c in page.columns]
    assert root.findtext(".//alto:fileName", None, ALTO) == page.printable_key


def _text_of(alternative: Alternative) -> tuple[str, float]:
    return alternative.character, alternative.confidence


@given(pages())
def test_any_page_comes_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


def test_software_and_model_are_named() -> None:
    root = parse_valid_xml(page_to_alto(DEGENERATE_PAGES["one character"]), "alto")

    assert root.findtext(".//alto:softwareName", None, ALTO) == SOFTWARE
    assert MODEL in (root.findtext(".//alto:applicationDescription", None, ALTO) or "")


def test_a_hentaigana_is_one_glyph_as_the_schema_wants() -> None:
    root = parse_valid_xml(page_to_alto(DEGENERATE_PAGES["strange characters"]), "alto")

    assert "\U0001b002" in [glyph.get("CONTENT") for glyph in root.iterfind(".//alto:Glyph", ALTO)]
