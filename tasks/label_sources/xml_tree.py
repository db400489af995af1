"""XML of strangers: no entities, no document types, no network, bounded size and depth."""

from lxml import etree

from tasks.label_sources.archive import LabelSourceError

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type
MAX_BYTES = 64 << 20  # a page of 1,200 glyphs with alternatives has about 1 MB


def parse_xml(content: bytes) -> Element:
    """Parse a document to its root.

    Raises:
        LabelSourceError: if it is not well-formed, declares a document type, or is too large.
    """
    if len(content) > MAX_BYTES:
        raise LabelSourceError(f"XML must have at most {MAX_BYTES} bytes, got {len(content)}")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise LabelSourceError(f"XML must be well-formed: {error.msg}") from error
    if root.getroottree().docinfo.internalDTD:
        raise LabelSourceError("XML must not declare a document type; remove <!DOCTYPE ...>")
    return root


def name_of(element: Element) -> str:
    """An element's name without its namespace: ALTO and PAGE change theirs with each version."""
    return etree.QName(element).localname
