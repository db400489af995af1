"""TEI P5: the scan's zones as facsimile, the text's characters linked to them by ``facs``.

The schema: https://tei-c.org/release/xml/tei/custom/schema/relaxng/tei_all.rng.
"""

from lxml import etree

from tasks.exports.glyphs import Box, Column, Glyph
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import LANGUAGE, XML_ID, XML_LANG, Vocabulary, relative_reference, to_bytes

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_tei = Vocabulary(NAMESPACE)


def page_to_tei(page: ExportPage) -> bytes:
    """Write a page as a TEI document."""
    header, facsimile = _header(page), _tei("facsimile", {}, _surface(page))
    etree.indent(header)
    etree.indent(facsimile)
    # The text is not indented: white space between characters would be part of it.
    text = _tei("text", {XML_LANG: LANGUAGE}, _tei("body", {}, _text(page)))
    return to_bytes(_tei("TEI", {}, header, facsimile, text))


def _header(page: ExportPage) -> etree._Element:
    application = _tei(
        "application",
        {"ident": SOFTWARE, "version": SOFTWARE_VERSION, "when": page.read_at.isoformat()},
        _tei("label", {}, SOFTWARE),
        _tei("desc", {}, f"model {page.model_digest}"),
    )
    unpublished = "Read by machine and not corrected."
    description = _tei(
        "fileDesc",
        {},
        _tei("titleStmt", {}, _tei("title", {}, page.printable_key)),
        _tei("publicationStmt", {}, _tei("p", {}, unpublished)),
        _tei("sourceDesc", {}, _tei("p", {}, f"The page scan {page.printable_key}")),
    )
    encoding = _tei("encodingDesc", {}, _tei("appInfo", {}, application))
    return _tei("teiHeader", {}, description, encoding)


def _surface(page: ExportPage) -> etree._Element:
    size = {"width": f"{page.width}px", "height": f"{page.height}px"}
    return _tei(
        "surface",
        {XML_ID: "page", "ulx": 0, "uly": 0, "lrx": page.width, "lry": page.height},
        _tei("graphic", {"url": relative_reference(page.key), **size}),
        *map(_column_zone, page.columns),
    )


def _column_zone(column: Column) -> etree._Element:
    zones = (
        _tei("zone", {XML_ID: f"glyph{number}", "type": "character", **_corners(glyph.box)})
        for number, glyph in enumerate(column.glyphs, column.first)
    )
    attributes = {XML_ID: f"column{column.first}", "type": "column", **_corners(column.box)}
    return _tei("zone", attributes, *zones)


def _text(page: ExportPage) -> etree._Element:
    block = _tei("ab", {}, _tei("pb", {"facs": "#page"}))
    for column in page.columns:
        block[-1].tail = "\n"
        block.append(_tei("lb", {"facs": f"#column{column.first}"}))
        block.extend(_character(g, number) for number, g in enumerate(column.glyphs, column.first))
    return block


def _character(glyph: Glyph, number: int) -> etree._Element:
    attributes = {"facs": f"#glyph{number}", "cert": glyph.confidence}
    return _tei("c", attributes, glyph.character)


def _corners(box: Box) -> dict[str, float]:
    # Sums of hundredths: rounding takes off what binary fractions add.
    right, bottom = round(box.x + box.width, 2), round(box.y + box.height, 2)
    return {"ulx": box.x, "uly": box.y, "lrx": right, "lry": bottom}
