"""The text of TEI documents, page by page, as it stands on the paper."""

from collections.abc import Iterator

from tasks.label_sources.xml_tree import Element, name_of

# Not on the page: readings of ruby, what an editor supplied or preferred, and the header.
_LEFT_OUT = frozenset(
    ("rt", "rp", "supplied", "corr", "reg", "expan", "ex", "teiHeader", "facsimile", "sourceDoc")
)
_COLUMNS = frozenset(("lb", "cb", "p", "ab", "l", "lg", "head", "div", "line"))
_PAGE = "\f"


def tei_pages(root: Element, key: str) -> Iterator[tuple[str, str]]:
    """Yield each page's name and text, a column a line.

    A page begins with ``<pb/>``; its name is ``facs``, through the ``<graphic>`` of the surface if
    ``facs`` is a reference to one, else ``n``. A document without ``<pb/>`` is one page, called
    like its file, and so is one whose only ``<pb/>`` has no name.

    Args:
        root: the document.
        key: name of its file.

    Raises:
        ValueError: if a page among several has no name.
    """
    breaks = [e for e in root.iter("{*}pb") if not _is_left_out(e)]
    before, *pages = "".join(_written(root)).split(_PAGE)
    if not pages:
        yield key, before
        return
    for number, (start, text) in enumerate(zip(breaks, pages, strict=True), start=1):
        name = _page_name(root, start) or (key if len(pages) == 1 else "")
        if not name:
            raise ValueError(f"page {number} has no name; write <pb facs=.../> with its scan")
        yield name, text


def _written(element: Element) -> Iterator[str]:
    """The text in document order, `_PAGE` for each page's beginning."""
    name = name_of(element)
    if name in _LEFT_OUT or _is_editors_note(element):
        return
    if name in _COLUMNS:
        yield "\n"
    if name == "pb":
        yield _PAGE
    yield _unbroken(element.text)
    for child in element:
        yield from _written(child)
        yield _unbroken(child.tail)


def _is_left_out(element: Element) -> bool:
    return any(
        name_of(around) in _LEFT_OUT or _is_editors_note(around)
        for around in element.iterancestors()
    )


def _is_editors_note(element: Element) -> bool:
    """A note that says where on the page it stands (a split note: inline) was written there."""
    return name_of(element) == "note" and element.get("place") is None


def _unbroken(text: str | None) -> str:
    """Line ends of the file are no columns, and white space is none of the page's characters."""
    return "".join((text or "").split())


def _page_name(root: Element, start: Element) -> str:
    facs = start.get("facs", "")
    if not facs.startswith("#"):
        return facs or start.get("n", "")
    identity = "{http://www.w3.org/XML/1998/namespace}id"
    for surface in root.iter("{*}surface"):
        graphic = surface.find("{*}graphic")
        if surface.get(identity) == facs[1:] and graphic is not None:
            return graphic.get("url", "")
    return ""
