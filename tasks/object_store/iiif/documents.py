"""JSON documents of strangers: fetched, bounded, and looked into without trusting any shape."""

import json
from collections.abc import Iterator
from typing import Any

from tasks.object_store.errors import InvalidLocationError
from tasks.object_store.iiif.addresses import shown
from tasks.object_store.iiif.web import Web

Tree = dict[str, Any]

MAX_DOCUMENT_BYTES = 1 << 24  # a manifest of 1,000 canvases has 1 to 2 MB; parsed, it takes tenfold
_ACCEPT = "application/ld+json, application/json;q=0.9"


def fetch_document(web: Web, url: str) -> Tree:
    """Fetch a JSON object.

    Raises:
        InvalidLocationError: if the answer is anything else, such as a web page.
        StoreError: if there is no answer.
    """
    data = web.get(url, MAX_DOCUMENT_BYTES, _ACCEPT)
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError) as error:
        kind = "a web page" if data.lstrip()[:1] == b"<" else "something else"
        raise InvalidLocationError(
            f"{shown(url)} must be a IIIF document in JSON, got {kind}"
        ) from error
    if not isinstance(tree, dict):
        raise InvalidLocationError(f"{shown(url)} must be a JSON object, got {type(tree).__name__}")
    return tree


def trees(value: object) -> Iterator[Tree]:
    """The JSON objects of a property that may be one, several, or nothing of the kind."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def first_tree(value: object) -> Tree:
    """The first of `trees`; an empty one if there is none."""
    return next(trees(value), {})


def identifier(tree: Tree) -> str:
    """``id``, which was ``@id`` before Presentation 3; empty if it is no text."""
    found = tree.get("id", tree.get("@id"))
    return found if isinstance(found, str) else ""


def kind(tree: Tree) -> str:
    """``type``, which was ``@type`` with a prefix before Presentation 3."""
    found = tree.get("type", tree.get("@type"))
    return found.rpartition(":")[2] if isinstance(found, str) else ""


def texts(value: object) -> list[str]:
    """The texts of a property: plain, in a list, ``{"@value": ...}`` or by language."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if isinstance(value, dict):
        return texts(value["@value"] if "@value" in value else list(value.values()))
    return []


def whole(value: object) -> int | None:
    """A number of pixels; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1 << 31:
        return None
    return int(value)
