"""hOCR 1.2 as XHTML 1.0 Strict: a column is an ocr_line, a glyph an ocrx_cinfo.

The rules: https://kba.github.io/hocr-spec/1.2/. Coordinates are whole pixels.
"""

from lxml import etree

from tasks.exports.glyphs import Column, Glyph
from tasks.exports.page import SOFTWARE, SOFTWARE_VERSION, ExportPage
from tasks.exports.xml import LANGUAGE, XML_LANG, Vocabulary, relative_reference, to_bytes

NAMESPACE = "http://www.w3.org/1999/xhtml"
_DOCTYPE = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
    '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
)
_VERTICAL = ".ocr_page { writing-mode: vertical-rl } .ocr_line { display: block }"
_html = Vocabulary(NAMESPACE)


def page_to_hocr(page: ExportPage) -> bytes:
    """Write a page as an hOCR document."""
    languages = {"lang": LANGUAGE, XML_LANG: LANGUAGE}
    root = _html("html", languages, _head(page), _html("body", {}, _page(page)))
    return to_bytes(root, _DOCTYPE)


def _head(page: ExportPage) -> etree._Element:
    facts = {
        "ocr-system": f"{SOFTWARE} {SOFTWARE_VERSION} model {page.model_digest}",
        "date": page.read_at.isoformat(),
        "ocr-capabilities": "ocr_page ocr_carea ocr_line ocrx_word ocrx_cinfo",
        "ocr-number-of-pages": "1",
        "ocr-langs": LANGUAGE,
        "ocr-scripts": "Jpan",
    }
    content = {"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"}
    head = _html("head", {}, _html("title", {}, page.printable_key), _html("meta", content))
    head.extend(_html("meta", {"name": name, "content": fact}) for name, fact in facts.items())
    head.append(_html("style", {"type": "text/css"}, _VERTICAL))
    etree.indent(head)
    return head


def _page(page: ExportPage) -> etree._Element:
    # A quotation mark or semicolon in a file name would end the property.
    image = (
        f'image "{relative_reference(page.key)}"; bbox 0 0 {page.width} {page.height}; ppageno 0'
    )
    area = _html("div", {"class": "ocr_carea", "id": "block_1"})
    area.text = "\n"
    area.extend(_line(page, column) for column in page.columns)
    return _html("div", {"class": "ocr_page", "id": "page_1", "title": image}, area)


def _line(page: ExportPage, column: Column) -> etree._Element:
    box = _numbers(page.edges(column.box))
    word = {
        "class": "ocrx_word",
        "id": f"word_{column.first}",
        "title": f"bbox {box}; x_wconf {_percent(column.confidence)}",
    }
    glyphs = (_glyph(page, glyph, n) for n, glyph in enumerate(column.glyphs, column.first))
    line = {
        "class": "ocr_line",
        "id": f"line_{column.first}",
        "title": f"bbox {box}",
    }
    element = _html("span", line, _html("span", word, *glyphs))
    element.tail = "\n"  # not within: white space between characters would be part of the text
    return element


def _glyph(page: ExportPage, glyph: Glyph, number: int) -> etree._Element:
    title = f"x_bboxes {_numbers(page.edges(glyph.box))}; x_confs {_percent(glyph.confidence)}"
    attributes = {"class": "ocrx_cinfo", "id": f"cinfo_{number}", "title": title}
    return _html("span", attributes, glyph.character)


def _numbers(edges: tuple[int, ...]) -> str:
    return " ".join(map(str, edges))


def _percent(confidence: float) -> str:
    return f"{100 * confidence:.2f}"
