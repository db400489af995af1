"""One page from the archive to pixels; what is wrong with a page is a value, not an exception."""

from dataclasses import dataclass
from os import cpu_count
from threading import BoundedSemaphore
from time import perf_counter

import cv2

from tasks.object_store import (
    ContainerNotFoundError,
    CredentialsError,
    InvalidKeyError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectTooLargeError,
    StoreAccessError,
    StoreError,
)
from tasks.page_image import PageError, PageImage, decode_page
from tasks.scans import Scan

# More threads wait for bytes than there are cores; decoding all at once they would all be late.
_DECODERS = BoundedSemaphore(cpu_count() or 1)
MAX_FILE_BYTES = 1 << 30  # an uncompressed TIFF of 200 million 8-bit RGB pixels has 0.6 GB

_KINDS: tuple[tuple[type[StoreError], str], ...] = (
    (ObjectNotFoundError, "missing"),
    (ObjectChangedError, "changed"),
    (ObjectTooLargeError, "too-large"),
    (StoreAccessError, "denied"),
    (InvalidKeyError, "bad-name"),
)


@dataclass(frozen=True, slots=True, eq=False)
class FetchedPage:
    """A page ready to be read.

    Attributes:
        scan: where it came from.
        page: its pixels and full size.
        fetch_seconds: time until its bytes were here.
        decode_seconds: time from bytes to pixels, waiting for a core included.
    """

    scan: Scan
    page: PageImage
    fetch_seconds: float
    decode_seconds: float


@dataclass(frozen=True, slots=True)
class FailedPage:
    """A page that cannot be read.

    Attributes:
        scan: where it came from.
        kind: ``missing``, ``changed``, ``denied``, ``bad-name``, ``unavailable``, ``worker-lost``
            or a `PageErrorKind`.
        message: one sentence without paths of this computer and without credentials.
        fetch_seconds: time spent on its bytes.
        decode_seconds: time spent on its pixels.
    """

    scan: Scan
    kind: str
    message: str
    fetch_seconds: float
    decode_seconds: float


def fetch_page(
    store: ObjectStore, scan: Scan, max_long_side: int | None = None, channels: int = 3
) -> FetchedPage | FailedPage:
    """Fetch the listed version of a page and decode it.

    Args:
        store: the archive.
        scan: the page as it was listed.
        max_long_side: see `decode_page`, as for ``channels``.
        channels: that are kept.

    Raises:
        CredentialsError: if nobody is signed in (any more): no page's fault.
        ContainerNotFoundError: if the whole bucket is gone: no page's fault either.
    """
    cv2.setNumThreads(1)  # several pages are decoded at once
    start = perf_counter()
    try:
        data = store.get(scan.key, etag=scan.etag, max_bytes=MAX_FILE_BYTES)
    except (CredentialsError, ContainerNotFoundError):
        raise
    except StoreError as error:
        return FailedPage(scan, _kind(error), str(error), perf_counter() - start, 0.0)
    fetched = perf_counter()
    if scan.size and len(data) != scan.size:  # IIIF servers tell no size
        message = f"{scan.key!r} arrived with {len(data)} of {scan.size} bytes; run again"
        return FailedPage(scan, "unavailable", message, fetched - start, 0.0)
    try:
        with _DECODERS:
            page = decode_page(data, max_long_side=max_long_side, channels=channels)
    except PageError as error:
        return FailedPage(scan, error.kind, str(error), fetched - start, perf_counter() - fetched)
    return FetchedPage(scan, page, fetched - start, perf_counter() - fetched)


def _kind(error: StoreError) -> str:
    return next((kind for type_, kind in _KINDS if isinstance(error, type_)), "unavailable")
