"""A zip file in a store as a read-only store: only what is asked for is read and unpacked."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, ClassVar

from tasks.object_store.errors import (
    InvalidKeyError,
    InvalidLocationError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    StoreError,
)
from tasks.object_store.interface import ObjectInfo, ObjectStore, check_key
from tasks.object_store.read_only import ReadOnlyStore

MAX_MEMBER_BYTES = 1 << 30  # unpacked; the largest page that is read has 0.6 GB
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # magic, then at its end the lengths of name and extra
_MAGIC = b"PK\3\4"
_ENCRYPTED = 1  # flag bit


@dataclass(frozen=True, slots=True)
class ZipStore(ReadOnlyStore):
    """The members of one version of a zip file, stored or deflated.

    Pickling carries no table of contents; each process reads it once.

    Attributes:
        container: the store that holds the zip file.
        key: the zip file's key in it.
        etag: version of the zip file.
        modified: its last write.
        prefix: members below ``prefix/`` alone, named without it; empty for all.
    """

    kind: ClassVar[str] = "a zip file"
    container: ObjectStore = field(compare=False)
    key: str
    etag: str
    modified: datetime
    prefix: str = ""

    @property
    def location(self) -> str:
        """The zip file's location and the folder in it."""
        return "/".join(filter(None, (self.container.location, self.key, self.prefix)))

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Stream the members in code-point order."""
        for name in sorted(self._members()):
            key = name.removeprefix(f"{self.prefix}/") if self.prefix else name
            if (not self.prefix or key != name) and key.startswith(prefix):
                yield self.head(key)

    def head(self, key: str) -> ObjectInfo:
        """Describe one member; its version is its checksum, so that repacking changes nothing."""
        member = self._member(key)
        etag = f"{member.CRC:08x}-{member.file_size:x}"
        return ObjectInfo(key, member.file_size, etag, self.modified)

    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        """Unpack one member; its size is bounded before and its checksum compared afterwards."""
        info = self.head(key)
        if etag is not None and info.etag != etag:
            raise ObjectChangedError(f"{key!r} changed since it was listed; run again")
        allowed = min(MAX_MEMBER_BYTES, MAX_MEMBER_BYTES if max_bytes is None else max_bytes)
        if info.size > allowed:
            raise ObjectTooLargeError(f"{key!r} must have at most {allowed} bytes, got {info.size}")
        member = self._member(key)
        with self.container.open(self.key) as file:
            data = _unpack(member, _packed(member, file))
        if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
            raise _damaged(self.key, key)
        return data

    def _members(self) -> Mapping[str, zipfile.ZipInfo]:
        return _read_contents(self, self.container.location)

    def _member(self, key: str) -> zipfile.ZipInfo:
        check_key(key)
        member = self._members().get(f"{self.prefix}/{key}" if self.prefix else key)
        if member is None:
            raise ObjectNotFoundError(f"there is no object {key!r} in {self.key!r}")
        return member


def open_zip(container: ObjectStore, key: str, prefix: str = "") -> ZipStore:
    """Open a zip file and make sure that it is one.

    Raises:
        ObjectNotFoundError: if there is no such object.
        InvalidLocationError: if it is no zip file, or two members share a name.
        InvalidKeyError: if a member's name would lead out of it.
    """
    info = container.head(key)
    store = ZipStore(container, key, info.etag, info.modified, prefix)
    store._members()  # noqa: SLF001 - meets every reason to fail early
    return store


@lru_cache(maxsize=8)
def _read_contents(store: ZipStore, container: str) -> Mapping[str, zipfile.ZipInfo]:
    """Read the table of contents; ``container`` is for the cache: stores compare without it."""
    del container
    info = store.container.head(store.key)
    if info.etag != store.etag:
        raise ObjectChangedError(f"{store.key!r} changed since it was opened; run again")
    with store.container.open(store.key) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
        except StoreError:
            raise
        except Exception as error:  # zipfile raises almost anything on hostile bytes
            raise _incomplete(store.key) from error
    ends = (member.header_offset + member.compress_size for member in members)
    if any(member.header_offset < 0 for member in members) or any(end > info.size for end in ends):
        raise _incomplete(store.key)  # its beginning was cut off, or its table lies
    return _by_name(store.key, members)


def _by_name(key: str, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    by_name: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        if member.is_dir():
            continue
        try:
            name = check_key(member.orig_filename)
        except InvalidKeyError as error:
            raise InvalidKeyError(f"{key!r} has a member with an unsafe name: {error}") from error
        if by_name.setdefault(name, member) is not member:
            raise InvalidLocationError(f"{key!r} has two members {name!r}; pack it again")
    return by_name


def _packed(member: zipfile.ZipInfo, file: BinaryIO) -> bytes:
    file.seek(member.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_MAGIC):
        raise _damaged("the zip file", member.filename)
    _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    file.seek(name_length + extra_length, 1)
    return file.read(min(member.compress_size, MAX_MEMBER_BYTES))


def _unpack(member: zipfile.ZipInfo, packed: bytes) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        raise StoreAccessError(f"{member.filename!r} is encrypted; unpack it with its password")
    if member.compress_type == zipfile.ZIP_STORED:
        return packed
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise StoreAccessError(
            f"{member.filename!r} is packed by method {member.compress_type}; "
            "pack it again stored or deflated"
        )
    try:
        # never more than announced and one byte, however much the stream would unfold to
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.file_size + 1)
    except zlib.error as error:
        raise _damaged("the zip file", member.filename) from error


def _incomplete(key: str) -> InvalidLocationError:
    return InvalidLocationError(f"{key!r} is no complete zip file; fetch it again")


def _damaged(key: str, name: str) -> ObjectChangedError:
    return ObjectChangedError(f"{name!r} in {key!r} is damaged or changed; fetch it again")
