"""ALTO 4.3: a column is a TextLine with one String, its glyphs with their variants inside.

The schema: https://www.loc.gov/standards/alto/v4/alto-4-3.xsd.
"""

from lxml import etree

from tasks.exports.glyphs import Box, Column, Glyph, around
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import LANGUAGE, SCHEMA_LOCATION, Vocabulary, to_bytes

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-3.xsd"
_alto = Vocabulary(NAMESPACE)


def page_to_alto(page: ExportPage) -> bytes:
    """Write a page as an ALTO document."""
    root = _alto(
        "alto",
        {SCHEMA_LOCATION: f"{NAMESPACE} {_SCHEMA}", "SCHEMAVERSION": "4.3"},
        _description(page),
        _alto("Layout", {}, _page(page)),
    )
    etree.indent(root)
    return to_bytes(root)


def _description(page: ExportPage) -> etree._Element:
    software = _alto(
        "processingSoftware",
        {},
        _alto("softwareName", {}, SOFTWARE),
        _alto("softwareVersion", {}, SOFTWARE_VERSION),
        _alto("applicationDescription", {}, f"model {page.model_digest}"),
    )
    return _alto(
        "Description",
        {},
        _alto("MeasurementUnit", {}, "pixel"),
        _alto("sourceImageInformation", {}, _alto("fileName", {}, page.printable_key)),
        _alto(
            "Processing",
            {"ID": "recognition"},
            _alto("processingDateTime", {}, page.read_at.isoformat()),
            software,
        ),
    )


def _page(page: ExportPage) -> etree._Element:
    size = {"HEIGHT": page.height, "WIDTH": page.width}
    space = _alto("PrintSpace", {**size, "HPOS": 0, "VPOS": 0})
    if page.columns:
        box = around([column.box for column in page.columns])
        attributes = {"ID": "block1", **_position(box), "LANG": LANGUAGE, "BASEDIRECTION": "ttb"}
        space.append(_alto("TextBlock", attributes, *map(_text_line, page.columns)))
    attributes = {"ID": "page1", **size, "PHYSICAL_IMG_NR": 1, "PROCESSINGREFS": "recognition"}
    return _alto("Page", attributes, space)


def _text_line(column: Column) -> etree._Element:
    position = _position(column.box)
    glyphs = [_glyph(glyph, number) for number, glyph in enumerate(column.glyphs, column.first)]
    string = {"CONTENT": column.text, "WC": column.confidence, **position}
    return _alto(
        "TextLine",
        {"ID": f"line{column.first}", **position},
        _alto("String", {"ID": f"string{column.first}", **string}, *glyphs),
    )


def _glyph(glyph: Glyph, number: int) -> etree._Element:
    attributes = {"ID": f"glyph{number}", "CONTENT": glyph.character, "GC": glyph.confidence}
    variants = (
        _alto("Variant", {"CONTENT": other.character, "VC": other.confidence})
        for other in glyph.alternatives[1:]
    )
    return _alto("Glyph", {**attributes, **_position(glyph.box)}, *variants)


def _position(box: Box) -> dict[str, float]:
    return {"HPOS": box.x, "VPOS": box.y, "WIDTH": box.width, "HEIGHT": box.height}
