"""Elements and bytes of the XML formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from lxml import etree

Attributes = Mapping[str, object]
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
LANGUAGE = "ja"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Makes elements of one namespace: ``vocabulary("Name", {"ATTRIBUTE": 1}, child, "text")``."""

    namespace: str

    def __call__(
        self, name: str, attributes: Attributes | None = None, *children: etree._Element | str
    ) -> etree._Element:
        """Make an element; a string among the children becomes its text and has to be the first."""
        texts = {key: str(value) for key, value in (attributes or {}).items()}
        names = {None: self.namespace}
        element = etree.Element(f"{{{self.namespace}}}{name}", texts, nsmap=names)
        for child in children:
            if isinstance(child, str):
                element.text = child
            else:
                element.append(child)
        return element


def to_bytes(root: etree._Element, doctype: str | None = None) -> bytes:
    """Write a document as UTF-8 with its declaration."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, doctype=doctype) + b"\n"


def relative_reference(key: str) -> str:
    """Write a key as a relative URI reference: what URIs do not allow is percent-encoded."""
    return quote(key.encode(errors="surrogatepass"))
