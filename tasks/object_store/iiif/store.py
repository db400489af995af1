"""A IIIF manifest or collection as a read-only store: a folder for a book, a key for a canvas.

Keys are ``FOLDER/NUMBER.jpg``: the folder as `folder_of` names it, the canvas's position in the
manifest. A listing fetches documents only; images travel when they are asked for.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar

from model.page import CANDIDATE_SIDES
from tasks.object_store.errors import (
    InvalidLocationError,
    ObjectChangedError,
    ObjectNotFoundError,
    StoreError,
)
from tasks.object_store.iiif.addresses import check_url, shown
from tasks.object_store.iiif.books import find_books, folder_of
from tasks.object_store.iiif.documents import fetch_document
from tasks.object_store.iiif.image_size import choose_size, read_info
from tasks.object_store.iiif.presentation import CanvasImage, Manifest, is_collection, read_manifest
from tasks.object_store.iiif.web import Web
from tasks.object_store.interface import ObjectInfo, check_key
from tasks.object_store.read_only import ReadOnlyStore

LONG_SIDE = CANDIDATE_SIDES[-1]  # pixels: the largest side that the reader looks at
# A whole image, where a server gives no smaller one; a JPEG has a hundredth.
MAX_IMAGE_BYTES = 1 << 28
_UNREADABLE = "00000.jpg"  # stands for the pages of a manifest that cannot be read
_UNKNOWN = datetime.fromtimestamp(0, UTC)
_ACCEPT = "image/jpeg, image/*;q=0.5"


@dataclass(frozen=True, slots=True)
class IiifStore(ReadOnlyStore):
    """The images of a manifest, or of the manifests in a collection.

    A manifest in a collection that cannot be read is one page, ``00000.jpg``, that fails with its
    cause; once it can be read, its pages take that place. Sizes and times of objects are unknown: 0
    bytes, 1970.

    Attributes:
        url: address of the manifest or collection.
        opened: names this opening; each process fetches a document once for it.
        web: how it is fetched.
    """

    kind: ClassVar[str] = "a IIIF archive"
    url: str
    opened: str
    web: Web

    @property
    def location(self) -> str:
        """The address."""
        return self.url

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Stream the canvases that have an image, fetching one manifest after another."""
        for folder in _read_books(self):
            if f"{folder}/".startswith(prefix) or prefix.startswith(f"{folder}/"):
                yield from (info for info in self._pages(folder) if info.key.startswith(prefix))

    def head(self, key: str) -> ObjectInfo:
        """Describe one canvas's image."""
        return _info(key, self._image(key))

    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        """Fetch one image, in the size that suits the reader."""
        image = self._image(key)
        if etag is not None and image.version(LONG_SIDE) != etag:
            raise ObjectChangedError(f"{key!r} changed since it was listed; run again")
        allowed = min(MAX_IMAGE_BYTES, MAX_IMAGE_BYTES if max_bytes is None else max_bytes)
        return self.web.get(self._address(image), allowed, _ACCEPT)

    def manifest(self, folder: str) -> Manifest:
        """The manifest behind a folder.

        Raises:
            ObjectNotFoundError: if there is no such folder.
            StoreError: if it cannot be read.
        """
        url = _read_books(self).get(folder)
        if url is None:
            raise ObjectNotFoundError(f"there is no book {folder!r} at {shown(self.url)}")
        return _read_manifest(self, url)

    def _pages(self, folder: str) -> Iterator[ObjectInfo]:
        try:
            manifest = self.manifest(folder)
        except StoreError:
            yield ObjectInfo(f"{folder}/{_UNREADABLE}", 0, "unreadable", _UNKNOWN)
            return
        for image in manifest.images:
            yield _info(page_key(folder, image), image)

    def _image(self, key: str) -> CanvasImage:
        folder = check_key(key).rpartition("/")[0]
        images = self.manifest(folder).images
        found = next((image for image in images if page_key(folder, image) == key), None)
        if found is None:
            raise ObjectNotFoundError(f"there is no canvas with an image for {key!r}")
        return found

    def _address(self, image: CanvasImage) -> str:
        if not image.service:
            return image.image
        url = f"{image.service}/info.json"
        size = choose_size(read_info(url, fetch_document(self.web, url)), LONG_SIDE)
        return f"{image.service}/full/{size}/0/default.jpg"


def open_iiif(url: str, *, allow_private: bool = False) -> IiifStore:
    """Open a manifest or a collection and make sure that it is one.

    Args:
        url: its web address.
        allow_private: see `Web`.

    Raises:
        InvalidLocationError: if there is something else.
        StoreError: if the address may not be asked for, or nobody answers.
    """
    store = IiifStore(check_url(url), uuid.uuid4().hex, Web(allow_private))
    if not _read_books(store):
        raise InvalidLocationError(f"{shown(url)} is a collection that leads to no manifest")
    return store


def page_key(folder: str, image: CanvasImage) -> str:
    """The key of a canvas's image."""
    return f"{folder}/{image.number:05}.jpg"


def _info(key: str, image: CanvasImage) -> ObjectInfo:
    return ObjectInfo(key, 0, image.version(LONG_SIDE), _UNKNOWN)


@lru_cache(maxsize=8)
def _read_root(store: IiifStore) -> Manifest | dict[str, str]:
    """The manifest itself, or what the collection leads to."""
    tree = fetch_document(store.web, store.url)
    if is_collection(tree):
        return find_books(store.web, store.url, tree)
    return read_manifest(store.url, tree)


def _read_books(store: IiifStore) -> dict[str, str]:
    root = _read_root(store)
    return {folder_of(root.url): root.url} if isinstance(root, Manifest) else root


@lru_cache(maxsize=256)  # a page takes half a kilobyte: 25 MB for books of 200 pages
def _read_manifest(store: IiifStore, url: str) -> Manifest:
    root = _read_root(store)
    if isinstance(root, Manifest):
        return root
    return read_manifest(url, fetch_document(store.web, url))
