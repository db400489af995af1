"""Elements and bytes of the XML formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lxml import etree

Attributes = Mapping[str, object]
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
LANGUAGE = "ja"

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Makes elements of one namespace: ``vocabulary("Name", {"ATTRIBUTE": 1}, child, "text")``."""

    namespace: str

    def __call__(
        self, name: str, attributes: Attributes | None = None, *children: etree._Element | str
    ) -> etree._Element:
        """Make an element; a string among the children becomes its text and has to be the first."""
        texts = {key: str(value) for key, value in (attributes or {}).items()}
        names: Any = {None: self.namespace}  # the stubs know prefixes only, not their absence
        element = etree.Element(f"{{{self.namespace}}}{name}", texts, nsmap=names)
        for child in children:
            if isinstance(child, str):
                element.text = child
            else:
                element.append(child)
        return element


def to_bytes(root: etree._Element, doctype: str = "") -> bytes:
    """Write a document as UTF-8: declaration, document type if any, root."""
    document = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return b"%s%s%s\n" % (_DECLARATION, doctype.encode(), document)


def relative_reference(key: str) -> str:
    """Write a key as a relative URI reference: what URIs do not allow is percent-encoded."""
    return quote(key.encode(errors="surrogatepass"))
