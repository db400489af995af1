"""The small interface through which everything else sees a directory or a bucket."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from tasks.object_store.errors import InvalidKeyError

MAX_KEY_BYTES = 1024  # S3's limit


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a listing tells about one object.

    Attributes:
        key: name relative to the store's location, ``/`` between its segments.
        size: bytes.
        etag: opaque version; differs whenever the bytes differ.
        modified: time of the last write, with time zone.
    """

    key: str
    size: int
    etag: str
    modified: datetime


class ObjectStore(Protocol):
    """Named byte strings under one location. Implementations can be pickled and shared by threads.

    Every method raises a `StoreError`; a key that could leave the location is an `InvalidKeyError`.
    """

    @property
    def location(self) -> str:
        """The path or ``s3://bucket/prefix`` that holds the objects."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Stream the objects whose key starts with ``prefix``, in code-point order of the keys."""

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Stream the names of the folders directly below ``prefix``, in order, not looking inside.

        Args:
            prefix: empty, or a folder's key with its final slash.
        """

    def head(self, key: str) -> ObjectInfo:
        """Describe one object."""

    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        """Read one object completely.

        Args:
            key: which object.
            etag: the version wanted; `ObjectChangedError` if it is another one by now.
            max_bytes: `ObjectTooLargeError`, before reading, if the object is larger.
        """

    def open(self, key: str) -> BinaryIO:
        """Open one object for seeking and reading; on a remote store only what is read travels."""

    def put(self, key: str, data: bytes) -> str:
        """Write or replace an object, whole or not at all; returns its ETag."""

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless the key exists; true if this call wrote it."""

    def delete(self, key: str) -> None:
        """Remove an object; a missing one is fine."""


def check_key(key: str) -> str:
    r"""Return ``key`` if it stays below a store's root.

    A backslash is an ordinary character, as it is on POSIX and S3.

    Raises:
        InvalidKeyError: if the key is empty, absolute, longer than 1,024 bytes, not encodable as
            UTF-8, or has a NUL or a segment that is empty, ``.`` or ``..``.
    """
    if "\0" in key or any(segment in ("", ".", "..") for segment in key.split("/")):
        raise InvalidKeyError(
            f"key must be a relative name without NUL, '.', '..' or empty segments, got {key!r}"
        )
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise InvalidKeyError(f"key must be valid Unicode text, got {key!r}") from error
    if length > MAX_KEY_BYTES:
        raise InvalidKeyError(f"key must have at most {MAX_KEY_BYTES} bytes, got {length}")
    return key
