"""ALTO (2 to 4) corrected by hand: ``Glyph`` elements, or strings of one character.

The scan is the one that ``fileName`` names, else the one called like the XML file. Characters
keep the file's order.
"""

from tasks.label_boxes import Box, parse_box
from tasks.label_sources.archive import LabelledArchive, NamedLabels
from tasks.label_sources.xml_pages import Glyphs, glyphs_to_labels, read_size, read_xml_pages
from tasks.label_sources.xml_tree import Element

_BOX = ("HPOS", "VPOS", "WIDTH", "HEIGHT")


def read_alto(root: str) -> LabelledArchive:
    """Read a folder of ALTO files; see `tasks.label_sources.xml_pages`."""
    return read_xml_pages(root, "alto", parse_alto)


def parse_alto(alto: Element) -> tuple[str | None, NamedLabels]:
    """Read one ALTO document: the scan's name and the page's characters.

    Raises:
        ValueError: if it has not exactly one page, is not measured in pixels, or has text without
            a box for each character.
    """
    pages = list(alto.iter("{*}Page"))
    if len(pages) != 1:
        raise ValueError(f"an ALTO file must hold one Page, got {len(pages)}")
    unit = (alto.findtext(".//{*}MeasurementUnit") or "pixel").strip()
    if unit != "pixel":
        raise ValueError(f"MeasurementUnit must be pixel, got {unit!r}; export it in pixels")
    name = (alto.findtext(".//{*}fileName") or "").strip()
    labels = glyphs_to_labels(_glyphs(pages[0]), read_size(pages[0], "WIDTH", "HEIGHT"))
    return name or None, labels


def _glyphs(page: Element) -> Glyphs:
    for line in page.iter("{*}TextLine"):
        strings = line.findall("{*}String")
        if not strings:
            raise ValueError(f"TextLine {line.get('ID')} has no text; transcribe or delete it")
        for string in strings:
            for glyph in string.findall("{*}Glyph") or [string]:
                yield glyph.get("ID", "?"), glyph.get("CONTENT", ""), _box(glyph)


def _box(element: Element) -> Box:
    return parse_box([element.get(name) for name in _BOX])
