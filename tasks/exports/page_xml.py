"""PAGE-XML 2019-07-15: a column is a TextLine with one Word, its glyphs with their readings inside.

The schema: http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15. Its coordinates are
whole pixels.
"""

from collections.abc import Iterable
from datetime import UTC

from lxml import etree

from tasks.exports.glyphs import Box, Column, Glyph, around
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import SCHEMA_LOCATION, Vocabulary, to_bytes

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_page_xml = Vocabulary(NAMESPACE)


def page_to_page_xml(page: ExportPage) -> bytes:
    """Write a page as a PAGE-XML document."""
    location = f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd"
    root = _page_xml("PcGts", {SCHEMA_LOCATION: location}, _metadata(page), _page(page))
    etree.indent(root)
    return to_bytes(root)


def _metadata(page: ExportPage) -> etree._Element:
    moment = page.read_at.astimezone(UTC).isoformat()
    labels = _page_xml(
        "Labels",
        {},
        _page_xml("Label", {"type": "version", "value": SOFTWARE_VERSION}),
        _page_xml("Label", {"type": "model", "value": page.model_digest}),
    )
    step = {"type": "processingStep", "name": "recognition", "value": SOFTWARE, "date": moment}
    return _page_xml(
        "Metadata",
        {},
        _page_xml("Creator", {}, f"{SOFTWARE} {SOFTWARE_VERSION}"),
        _page_xml("Created", {}, moment),
        _page_xml("LastChange", {}, moment),
        _page_xml("MetadataItem", step, labels),
    )


def _page(page: ExportPage) -> etree._Element:
    attributes = {
        "imageFilename": page.printable_key,
        "imageWidth": page.width,
        "imageHeight": page.height,
        "primaryLanguage": "Japanese",
        "readingDirection": "top-to-bottom",
        "textLineOrder": "right-to-left",
    }
    if not page.columns:
        return _page_xml("Page", attributes)
    order = _page_xml(
        "ReadingOrder",
        {},
        _page_xml(
            "OrderedGroup",
            {"id": "order1"},
            _page_xml("RegionRefIndexed", {"index": 0, "regionRef": "region1"}),
        ),
    )
    return _page_xml("Page", attributes, order, _region(page))


def _region(page: ExportPage) -> etree._Element:
    return _page_xml(
        "TextRegion",
        {"id": "region1", "readingDirection": "top-to-bottom", "textLineOrder": "right-to-left"},
        _coords(page, around([column.box for column in page.columns])),
        *(_text_line(page, column) for column in page.columns),
        _text("\n".join(column.text for column in page.columns)),
    )


def _text_line(page: ExportPage, column: Column) -> etree._Element:
    text = _text(column.text, conf=column.confidence)
    word = _page_xml(
        "Word",
        {"id": f"word{column.first}"},
        _coords(page, column.box),
        *(_glyph(page, glyph, n) for n, glyph in enumerate(column.glyphs, column.first)),
        text,
    )
    return _page_xml(
        "TextLine",
        {"id": f"line{column.first}"},
        _coords(page, column.box),
        word,
        _text(column.text, conf=column.confidence),
    )


def _glyph(page: ExportPage, glyph: Glyph, number: int) -> etree._Element:
    return _page_xml(
        "Glyph",
        {"id": f"glyph{number}"},
        _coords(page, glyph.box),
        _text(glyph.character, index=0, conf=glyph.confidence),
        *_other_readings(glyph),
    )


def _other_readings(glyph: Glyph) -> Iterable[etree._Element]:
    for index, other in enumerate(glyph.alternatives[1:], 1):
        yield _text(other.character, index=index, conf=other.confidence)


def _text(text: str, **attributes: float) -> etree._Element:
    return _page_xml("TextEquiv", attributes, _page_xml("Unicode", {}, text))


def _coords(page: ExportPage, box: Box) -> etree._Element:
    left, top, right, bottom = page.edges(box)
    points = f"{left},{top} {right},{top} {right},{bottom} {left},{bottom}"
    return _page_xml("Coords", {"points": points})
