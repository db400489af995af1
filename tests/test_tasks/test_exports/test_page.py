"""What every format is given of a page."""

from collections.abc import Callable

import numpy as np
import pytest
from export_samples import (
    DEGENERATE_PAGES,
    HEIGHT,
    WIDTH,
    page_of,
    pages,
    parse_valid_xml,
    reading_of,
)
from hypothesis import given
from lxml import etree

from tasks.exports.alto import page_to_alto
from tasks.exports.glyphs import Box, character_of
from tasks.exports.hocr import page_to_hocr
from tasks.exports.page import ExportPage
from tasks.exports.page_xml import page_to_page_xml
from tasks.exports.tei import page_to_tei


@pytest.mark.parametrize("codepoint", [0x306E, 0x1B002, 0xE000, 0x3099, 0xFFFD, 0x7F, 0x10FFFF])
def test_what_xml_can_hold_stays(codepoint: int) -> None:
    assert character_of(codepoint) == chr(codepoint)


@pytest.mark.parametrize("codepoint", [0, 1, 9, 10, 13, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_what_xml_cannot_hold_is_replaced(codepoint: int) -> None:
    assert character_of(codepoint) == "\ufffd"


@pytest.mark.parametrize("codepoint", [-1, 0x110000, -(2**31), 2**31 - 1])
def test_what_is_no_code_point_is_replaced(codepoint: int) -> None:
    assert character_of(codepoint) == "\ufffd"


def test_replaced_characters_are_counted_in_text_and_key() -> None:
    page = page_of(reading_of([0x306E, 0x01, 0x01, 0xFFFD, 0xFFFE]), "a\x02b.jpg")

    assert page.replaced == 4


def test_a_key_that_any_file_can_hold_needs_no_replacement() -> None:
    page = page_of(reading_of([0x306E]), "<img onerror=…>.jpg")

    assert (page.replaced, page.printable_key) == (0, "<img onerror=…>.jpg")


@given(pages())
def test_columns_hold_every_character_once_and_in_order(page: ExportPage) -> None:
    numbers = [n for c in page.columns for n in range(c.first, c.first + len(c.glyphs))]

    assert numbers == list(range(1, len(page.reading) + 1))
    np.testing.assert_allclose(
        [[g.box.x, g.box.y, g.box.width, g.box.height] for g in page.glyphs] or np.zeros((0, 4)),
        page.reading.boxes_N4,
        atol=0.0051,
    )


@given(pages())
def test_no_alternative_is_surer_than_the_reading(page: ExportPage) -> None:
    for glyph in page.glyphs:
        ranked = [other.confidence for other in glyph.alternatives]
        assert ranked == sorted(ranked, reverse=True)
        assert ranked[0] <= glyph.confidence + 1e-4


@pytest.mark.parametrize(
    ("box", "edges"),
    [
        pytest.param(Box(10.4, 20.6, 5, 5), (10, 21, 15, 26), id="rounded"),
        pytest.param(Box(-5, -5, 10, 10), (0, 0, 5, 5), id="over the corner"),
        pytest.param(Box(-50, -50, 10, 10), (0, 0, 1, 1), id="before the page"),
        pytest.param(
            Box(2e5, 2e5, 9, 9), (WIDTH - 1, HEIGHT - 1, WIDTH, HEIGHT), id="behind the page"
        ),
        pytest.param(Box(7, 7, 0, 0), (7, 7, 8, 8), id="no area"),
        pytest.param(Box(7, 7, -3, -3), (7, 7, 8, 8), id="negative"),
    ],
)
def test_whole_pixels_stay_on_the_page(box: Box, edges: tuple[int, ...]) -> None:
    assert box.edges(WIDTH, HEIGHT) == edges


@pytest.mark.parametrize(
    ("write", "schema", "right", "wrong"),
    [
        pytest.param(page_to_alto, "alto", "GC=", "GX=", id="alto"),
        pytest.param(page_to_page_xml, "page", "<Unicode>", "<Unicode x='1'>", id="page"),
        pytest.param(page_to_hocr, "hocr", "<body>", "<body><nobody/>", id="hocr"),
        pytest.param(page_to_tei, "tei", "<teiHeader>", "<nothing/><teiHeader>", id="tei"),
    ],
)
def test_the_schemas_refuse_a_broken_document(
    write: Callable[[ExportPage], bytes], schema: str, right: str, wrong: str
) -> None:
    document = write(DEGENERATE_PAGES["one character"]).decode()

    assert right in document
    with pytest.raises(etree.DocumentInvalid):
        parse_valid_xml(document.replace(right, wrong).encode(), schema)
