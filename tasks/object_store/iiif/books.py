"""The books that a manifest or a collection names, and the folder that each gets."""

import hashlib
import re
from collections import deque
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from tasks.object_store.errors import InvalidLocationError, StoreError
from tasks.object_store.iiif.addresses import shown
from tasks.object_store.iiif.documents import Tree, fetch_document
from tasks.object_store.iiif.presentation import collection_members, is_collection
from tasks.object_store.iiif.web import Web

MAX_COLLECTIONS = 1_000  # documents; collections may contain each other
MAX_BOOKS = 100_000
_GENERIC = frozenset({"", "manifest", "collection", "index", "top", "info", "iiif"})
_LONGEST_NAME = 60
_HASH_DIGITS = 8


class _Found(NamedTuple):
    books: dict[str, str]
    collections: set[str]
    waiting: deque[str]


def folder_of(url: str) -> str:
    """Name a manifest's folder: the telling part of its address, and a hash of the whole.

    ``https://example.org/iiif/100241706/manifest.json`` becomes ``100241706-`` and 8 digits.
    """
    try:
        segments = unquote(urlsplit(url).path).split("/")
    except ValueError:
        segments = []
    stems = [segment.removesuffix(".json") for segment in segments]
    telling = next((stem for stem in reversed(stems) if stem.lower() not in _GENERIC), "")
    name = re.sub(r"[^\w.-]+", "-", telling).strip(".-_")[:_LONGEST_NAME] or "book"
    digest = hashlib.sha256(url.encode(errors="replace")).hexdigest()
    return f"{name}-{digest[:_HASH_DIGITS]}"


def find_books(web: Web, url: str, collection: Tree) -> dict[str, str]:
    """Name the addresses of all manifests in a collection by folder, in the folders' order.

    A collection inside that cannot be read is named too: so its failure is seen.

    Raises:
        InvalidLocationError: if there are more than `MAX_COLLECTIONS` or `MAX_BOOKS`.
    """
    found = _Found({}, {url}, deque())
    _sort_members(found, collection)
    while found.waiting:
        address = found.waiting.popleft()
        try:
            tree = fetch_document(web, address)
        except StoreError:
            found.books[folder_of(address)] = address
            continue
        if any(collection_members(tree)):
            _sort_members(found, tree)
        elif not is_collection(tree):
            found.books[folder_of(address)] = address
    return dict(sorted(found.books.items(), key=lambda book: f"{book[0]}/"))


def _sort_members(found: _Found, collection: Tree) -> None:
    for address, is_inner in collection_members(collection):
        if not is_inner:
            found.books[folder_of(address)] = address
        elif address not in found.collections:
            found.collections.add(address)
            found.waiting.append(address)
    for counted, most, kind in (
        (found.collections, MAX_COLLECTIONS, "collections"),
        (found.books, MAX_BOOKS, "manifests"),
    ):
        if len(counted) > most:
            first = next(iter(counted))
            raise InvalidLocationError(
                f"a collection must lead to at most {most} {kind}, {shown(first)} leads to more;"
                " name a smaller one"
            )
