"""Folders of XML files, one a page, corrected by hand in some other program."""

from collections.abc import Callable, Iterator

from tasks.label_boxes import Box, make_labels
from tasks.label_sources.archive import (
    LabelledArchive,
    LabelSourceError,
    NamedLabels,
    PageSize,
    join_scans,
)
from tasks.label_sources.glyph_text import text_to_codepoint
from tasks.label_sources.scan_finder import ScanFinder
from tasks.label_sources.scan_place import open_scans
from tasks.label_sources.xml_tree import MAX_BYTES, Element, name_of, parse_xml
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.scans import list_scans

Glyphs = Iterator[tuple[str, str, Box]]  # the element's id, its text, its box
PageParser = Callable[[Element], tuple[str | None, NamedLabels]]


def read_xml_pages(root: str, root_name: str, parse: PageParser) -> LabelledArchive:
    """Read every XML file below a folder whose root element has the format's name.

    Args:
        root: folder or ``s3://bucket/prefix``.
        root_name: the root element's name; other XML (METS ...) is passed over.
        parse: from the root element to the scan's name, if the file says it, and its labels.

    Raises:
        StoreError: if there is no such file, or something cannot be read.
        LabelSourceError: naming the file and the rule it breaks.
    """
    store = open_store(root)
    named: dict[str, NamedLabels] = {}
    for info in store.list():
        if not info.key.lower().endswith(".xml"):
            continue
        try:
            page = _read_page(store, info.key, root_name, parse)
        except ValueError as error:
            raise LabelSourceError(f"{info.key}: {error}") from error
        if page is not None and page[0] in named:
            raise LabelSourceError(f"{info.key}: {page[0]!r} has labels already; keep one file")
        named |= dict([page] if page else [])
    if not named:
        raise ObjectNotFoundError(f"there is no XML file with the root element {root_name}")
    archive = open_scans(store)
    scans = list(list_scans(archive))
    return join_scans(archive, scans, named, ScanFinder(scans).find)


def glyphs_to_labels(glyphs: Glyphs, size: PageSize | None) -> NamedLabels:
    """Turn glyphs into labels.

    Raises:
        ValueError: naming the first that does not hold one character.
    """
    characters = []
    for identity, text, box in glyphs:
        try:
            characters.append((text_to_codepoint(text), box))
        except ValueError as error:
            raise ValueError(
                f"{identity}: {error}; only boxes of single characters can be learnt from, so "
                "export them at glyph level"
            ) from error
    return NamedLabels(make_labels(characters), size)


def read_size(page: Element, width: str, height: str) -> PageSize | None:
    """Read a page's size from two attributes, None unless both are positive numbers."""
    try:
        size = round(float(page.get(width, ""))), round(float(page.get(height, "")))
    except (ValueError, OverflowError):
        return None
    return size if min(size) > 0 else None


def _read_page(
    store: ObjectStore, key: str, root_name: str, parse: PageParser
) -> tuple[str, NamedLabels] | None:
    root = parse_xml(store.get(key, max_bytes=MAX_BYTES))
    if name_of(root) != root_name:
        return None
    name, labels = parse(root)
    return name or key, labels
