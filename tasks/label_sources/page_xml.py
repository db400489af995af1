"""PAGE-XML corrected by hand: ``Glyph`` elements, or words and lines of one character.

The scan is the one that ``imageFilename`` names. A box is the rectangle around ``Coords``;
of several readings the one with the lowest index counts. Characters keep the file's order.
"""

from tasks.label_boxes import Box, read_box
from tasks.label_sources.archive import LabelledArchive, NamedLabels
from tasks.label_sources.xml_pages import Glyphs, glyphs_to_labels, read_size, read_xml_pages
from tasks.label_sources.xml_tree import Element, name_of

_PARTS = {  # what has a part has no character of its own
    "TextRegion": ("TextRegion", "TextLine"),
    "TextLine": ("Word",),
    "Word": ("Glyph",),
    "Glyph": (),
}


def read_page_xml(root: str) -> LabelledArchive:
    """Read a folder of PAGE files; see `tasks.label_sources.xml_pages`."""
    return read_xml_pages(root, "PcGts", parse_page_xml)


def parse_page_xml(document: Element) -> tuple[str | None, NamedLabels]:
    """Read one PAGE document: the scan's name and the page's characters.

    Raises:
        ValueError: if it has no page, or has text without a box for each character.
    """
    page = document.find("{*}Page")
    if page is None:
        raise ValueError("a PAGE file must hold one Page, got none")
    labels = glyphs_to_labels(_glyphs(page), read_size(page, "imageWidth", "imageHeight"))
    return page.get("imageFilename") or None, labels


def _glyphs(page: Element) -> Glyphs:
    for element in page.iter(*(f"{{*}}{name}" for name in _PARTS)):
        name = name_of(element)
        if any(element.find(f"{{*}}{part}") is not None for part in _PARTS[name]):
            continue
        text = _text(element)
        if text or name != "TextRegion":  # a region of layout alone says nothing
            yield f"{name} {element.get('id')}", text, _box(element)


def _text(element: Element) -> str:
    readings = element.findall("{*}TextEquiv")
    if not readings:
        return ""
    best = min(readings, key=lambda reading: int(reading.get("index", "0")))
    return best.findtext("{*}Unicode") or ""


def _box(element: Element) -> Box:
    coords = element.find("{*}Coords")
    points = "" if coords is None else coords.get("points", "")
    try:
        xs, ys = zip(*(map(float, point.split(",")) for point in points.split()), strict=True)
    except ValueError as error:
        raise ValueError(f"Coords must be points x,y x,y ..., got {points[:40]!r}") from error
    return read_box([min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)])
