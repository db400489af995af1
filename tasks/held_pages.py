"""What some parts hold, compared with a listing, in few bytes a page."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from tasks.object_store import ObjectStore
from tasks.page_row import Status
from tasks.readings import part_pages
from tasks.scans import Scan, key_selector

_DIGEST_BYTES = 16  # among a billion versions, two share one with a probability of 1e-21


class ListedKeys:
    """The keys of a listing, 8 bytes each.

    Should two keys share their hash (once in 4e7 listings of a million), one that is gone is not
    reported.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._sorted = True

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, key: str) -> bool:
        if not self._sorted:
            self._hashes = array("q", np.sort(np.frombuffer(self._hashes, np.int64)).tobytes())
            self._sorted = True
        place = bisect_left(self._hashes, hash(key))
        return place < len(self._hashes) and self._hashes[place] == hash(key)

    def extend(self, scans: Iterable[Scan]) -> None:
        """Add the keys of some scans."""
        self._hashes.extend(hash(scan.key) for scan in scans)
        self._sorted = False


@dataclass(frozen=True, slots=True)
class HeldPages:
    """The versions of pages that some parts hold.

    Attributes:
        read: digests of the versions that were read.
        failed: digests of the versions that only failed.
        gone: keys that are not in the listing (any more), in order.
    """

    read: AbstractSet[bytes] = frozenset()
    failed: AbstractSet[bytes] = frozenset()
    gone: tuple[str, ...] = ()

    def needs(self, scan: Scan, *, retry_failed: bool) -> bool:
        """Tell whether a version is to be read: it has no row, or has failed and may try again."""
        version = _digest(scan.key, scan.etag)
        return version not in self.read and (retry_failed or version not in self.failed)


def hold_pages(
    store: ObjectStore,
    parts: Iterable[str],
    model_digest: str,
    listed: ListedKeys,
    select: str | None,
) -> HeldPages:
    """Read which pages some parts hold, in their key columns.

    Args:
        store: where the parts are.
        parts: their keys.
        model_digest: of the model whose rows count.
        listed: the keys that the archive holds.
        select: only keys that match this glob can be gone; None if none can.

    Raises:
        StoreError, ReadingsFormatError: if a part cannot be read.
    """
    versions: dict[Status, set[bytes]] = {"read": set(), "failed": set()}
    gone: set[str] = set()
    selected = key_selector(select) if select is not None else None
    for (key, etag, digest), status in part_pages(store, parts):
        if digest == model_digest:
            versions[status].add(_digest(key, etag))
            if selected and selected(key) and key not in listed:
                gone.add(key)
    versions["failed"] -= versions["read"]
    return HeldPages(versions["read"], versions["failed"], tuple(sorted(gone)))


def _digest(key: str, etag: str) -> bytes:
    return blake2b(f"{key}\0{etag}".encode(), digest_size=_DIGEST_BYTES).digest()
