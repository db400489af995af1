"""Which objects of an archive are page scans, and which book each belongs to."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate

from tasks.object_store import ObjectStore

_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
# Thumbnails and copies that operating systems and file servers leave beside the scans.
_DROPPINGS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN"})


@dataclass(frozen=True, slots=True)
class Scan:
    """One page scan as the listing saw it.

    Attributes:
        key: object key relative to the archive's location, never changed.
        size: bytes.
        etag: version of those bytes.
    """

    key: str
    size: int
    etag: str


def list_scans(
    store: ObjectStore, select: str = "*", since: datetime | None = None
) -> Iterator[Scan]:
    """Stream an archive's page scans in key order.

    Args:
        store: the archive.
        select: a glob on the whole key, case-sensitive: ``*`` matches any text, ``/`` included,
            ``?`` one character, ``[ab]`` one of those. ``*`` is everything, ``genji/*`` a folder,
            ``*_00001_?.jpg`` a page of every book.
        since: only scans written at this time or later.
    """
    selected = key_selector(select)
    for info in store.list(_literal_prefix(select)):
        if is_scan(info.key) and selected(info.key) and (since is None or info.modified >= since):
            yield Scan(info.key, info.size, info.etag)


def key_selector(select: str) -> Callable[[str], bool]:
    """Return what tells whether a key matches a glob of `list_scans`."""
    matches = re.compile(translate(select)).match
    return lambda key: matches(key) is not None


def is_scan(key: str) -> bool:
    """Tell whether a key names a JPEG, PNG, TIFF or WebP that is neither hidden nor a dropping."""
    if not key.lower().endswith(_SUFFIXES):
        return False
    return not any(is_dropping(part) for part in key.split("/"))


def is_dropping(name: str) -> bool:
    """Tell whether a file or folder is hidden or left by an operating system or file server."""
    return name.startswith(".") or name in _DROPPINGS


def book_of(key: str) -> str:
    """Name the book of a page.

    A page in a folder belongs to that folder (its whole path). In a flat archive the file name
    decides, see `book_of_name`.
    """
    folder, _, name = key.rpartition("/")
    return folder or book_of_name(name.rpartition(".")[0] or name)


def book_of_name(name: str) -> str:
    """Name the book of a page of which only the file name without its extension is known.

    As in the challenge ``100241706_00004_2`` is of book ``100241706`` and ``umgy001-001`` of
    ``umgy001``: the text before the first ``_`` or ``-``. A name without either loses its final
    digits (``genji012``: ``genji``); bare numbers are one book, ``.``.
    """
    before, separator, _ = name.replace("-", "_").partition("_")
    if separator and before:
        return before
    return name.rstrip("0123456789") or "."


def _literal_prefix(select: str) -> str:
    """The text before the first wildcard: only that part of the archive needs listing."""
    prefix = re.split(r"[*?\[]", select, maxsplit=1)[0]
    return prefix if all(part not in ("", ".", "..") for part in prefix.split("/")[:-1]) else ""
