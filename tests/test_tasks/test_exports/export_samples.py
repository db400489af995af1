"""Pages to export, from plain to hostile, and the official schemas."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from lxml import etree

from model.characters import PageReading
from tasks.exports.file_names import file_name_of
from tasks.exports.glyphs import Glyph
from tasks.exports.page import ExportPage

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"
MODEL = "0123456789abcdef" * 4
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
WIDTH, HEIGHT = 1200, 1700

HOSTILE_KEYS = [
    "<img onerror=alert(1)>.jpg",
    "genji/\"quotes\" & 'more'; bbox 0 0 1 1.jpg",
    "源氏物語/第一 巻/桐壺 (上).jpg",
    "a/b/c/deep 100%.png",
    "control \x01\x1b\n\r\t\x7f\x85.tif",
    "].]>--><!--.webp",
    "nonchar \ufffe\uffff \ue000 \U0010ffff.jpg",
    "lone \udc80 surrogate.jpg",
    "か\u3099 combining.jpg",
    "rtl \u202e gpj.jpg",
]
STRANGE_CODEPOINTS = [
    *(0x00, 0x01, 0x08, 0x09, 0x0A, 0x0D, 0x1F, 0x7F, 0x85, 0xA0),  # controls, no-break space
    *map(ord, " <>&\"'|\\%"),  # markup
    *(0x0301, 0x3099, 0x309A, 0xFE0F),  # combining marks, variation selector
    *(0x3000, 0x200B, 0x2028, 0x202E, 0xFEFF),  # spaces, line separator, right-to-left, BOM
    *(0xD800, 0xDFFF, 0xFFFD, 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFE, 0x10FFFF),  # no characters
    *(0xE000, 0xF8FF, 0xF0000),  # private use
    *(0x1B002, 0x1B11E, 0x20089, 0x2F81A),  # hentaigana, kanji beyond the BMP
    *(-1, 0x110000),  # no code points
]


def page_of(
    reading: PageReading,
    key: str = "genji/genji_00001.jpg",
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
) -> ExportPage:
    return ExportPage(key, file_name_of(key), width, height, reading, MODEL, NOON)


def reading_of(codepoints: list[int], alternatives: int = 3) -> PageReading:
    """Characters in columns of ten, right to left, with the next code points as alternatives."""
    count = len(codepoints)
    number = np.arange(count)
    x, y = WIDTH - 100 - 80 * (number // 10), 50 + 100 * (number % 10)
    boxes = np.stack([x, y, np.full(count, 60), np.full(count, 70)], 1).astype(np.float32)
    best = np.asarray(codepoints, np.int32).reshape(-1, 1)
    return PageReading(
        boxes_N4=boxes + np.float32(0.25),
        scores_N=np.linspace(0, 1, count, dtype=np.float32),
        codepoints_NK=best + np.arange(alternatives, dtype=np.int32),
        probabilities_NK=np.tile(np.float32([0.6, 0.3, 0.1][:alternatives]), (count, 1)),
    )


def _sparse() -> PageReading:
    """Boxes that no model should make."""
    boxes = [
        [-20, -20, 30, 30],
        [WIDTH - 5, HEIGHT - 5, 50, 50],
        [WIDTH + 50, HEIGHT + 50, 10, 10],
        [100, 100, 0, 0],
        [np.nan, np.inf, -np.inf, 3],
        [200, 200, 1e-20, 3e38],
    ]
    reading = reading_of([0x3042] * len(boxes))
    return PageReading(
        np.asarray(boxes, np.float32),
        np.asarray([0, 1, 2, -1, np.nan, 0.5], np.float32),
        reading.codepoints_NK,
        reading.probabilities_NK,
    )


DEGENERATE_PAGES = {
    "blank": page_of(PageReading.empty()),
    "one character": page_of(reading_of([0x306E])),
    "no alternatives": page_of(reading_of([0x306E, 0x3057], alternatives=1)),
    "one pixel": page_of(reading_of([0x306E]), width=1, height=1),
    "boxes off the page": page_of(_sparse()),
    "strange characters": page_of(reading_of(STRANGE_CODEPOINTS)),
    "200 characters": page_of(reading_of(list(range(0x4E00, 0x4E00 + 200)))),
    **{repr(key): page_of(reading_of([0x306E]), key) for key in HOSTILE_KEYS},
}

_CODEPOINTS = st.one_of(
    st.integers(0x3041, 0x3096), st.sampled_from(STRANGE_CODEPOINTS), st.integers(0, 0x10FFFF)
)
_KEYS = st.one_of(st.sampled_from(HOSTILE_KEYS), st.text(min_size=1).map(lambda key: f"{key}.jpg"))


@st.composite
def pages(draw: st.DrawFn) -> ExportPage:
    """Any characters under any name, in boxes on the page that are at least a pixel large."""
    count, alternatives = draw(st.integers(0, 12)), draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    begin = random.uniform(0, [WIDTH - 1, HEIGHT - 1], (count, 2))
    size = 1 + random.uniform(0, 1, (count, 2)) * ([WIDTH - 1, HEIGHT - 1] - begin)
    codepoints = draw(
        st.lists(_CODEPOINTS, min_size=count * alternatives, max_size=count * alternatives)
    )
    reading = PageReading(
        boxes_N4=np.hstack([begin, size]).astype(np.float32),
        scores_N=random.uniform(0, 1, count).astype(np.float32),
        codepoints_NK=np.asarray(codepoints, np.int32).reshape(count, alternatives),
        probabilities_NK=-np.sort(-random.uniform(0, 1, (count, alternatives))).astype(np.float32),
    )
    return page_of(reading, draw(_KEYS))


@cache
def _schema(name: str) -> Any:  # noqa: ANN401 - five libraries, five types
    match name:
        case "alto":
            return etree.XMLSchema(etree.parse(SCHEMAS / "alto" / "alto-4-3.xsd", _parser()))
        case "page":
            return etree.XMLSchema(etree.parse(SCHEMAS / "page" / "pagecontent.xsd", _parser()))
        case "tei":
            return etree.RelaxNG(etree.parse(SCHEMAS / "tei" / "tei_all.rng", _parser()))
        case "hocr":
            return etree.DTD(str(SCHEMAS / "xhtml" / "xhtml1-strict.dtd"))
    return Draft7Validator(json.loads((SCHEMAS / "iiif" / "iiif_3_0.json").read_text()))


def parse_valid_xml(document: bytes, schema: str) -> etree._Element:
    """Parse a document, which has to be valid; nothing is fetched."""
    root = etree.fromstring(document, _parser())
    _schema(schema).assertValid(root)
    return root


def parse_valid_iiif(document: bytes) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(document)
    _schema("iiif").validate(tree)
    return tree


def whole_edges(glyph: Glyph) -> list[float]:
    """Left, top, right and bottom, exactly."""
    box = glyph.box
    return [box.x, box.y, box.x + box.width, box.y + box.height]


class _Local(etree.Resolver):
    """Serves what schemas import from beside them."""

    def resolve(self, url: str, _public_id: str, context: object) -> object:
        found = next(SCHEMAS.rglob(url.rpartition("/")[2]), None)
        assert found is not None, f"{url} is not among the schemas"
        return self.resolve_filename(str(found), context)


def _parser() -> etree.XMLParser:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return parser
