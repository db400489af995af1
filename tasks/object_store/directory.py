"""A directory as an object store: keys are relative paths, writes appear whole or not at all."""

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from tasks.object_store.errors import (
    InvalidKeyError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    StoreError,
    StoreUnavailableError,
)
from tasks.object_store.interface import ObjectInfo, check_key

_TEMPORARY = re.compile(r"\.kuzushiji-[0-9a-f]{16}\.tmp")
_ESCAPED_BYTE = re.compile(rb"\\x([89a-f][0-9a-f])")


@dataclass(frozen=True, slots=True)
class DirectoryStore:
    r"""The files below ``root``.

    Symbolic links are followed, except into a folder that contains them. A file name that is no
    UTF-8 is listed with its odd bytes written ``\xNN`` and can be read under that key.

    Attributes:
        root: an absolute path; it need not exist before the first write.
    """

    root: Path

    @property
    def location(self) -> str:
        """The directory's path."""
        return str(self.root)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Stream the files in the order in which S3 would list them."""
        folder = prefix.rpartition("/")[0]
        start = self.root / check_key(folder) if folder else self.root
        with _typed_errors(folder or "."):
            if start.is_dir():
                yield from _walk(start, f"{folder}/" if folder else "", prefix, frozenset())

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Stream the names of the directories in one directory."""
        start = self.root / check_key(prefix.removesuffix("/")) if prefix else self.root
        with _typed_errors(prefix or "."):
            if start.is_dir():
                for name, _ in _sorted_entries(start):
                    if name.endswith("/"):
                        yield name.removesuffix("/")

    def head(self, key: str) -> ObjectInfo:
        """Describe one file."""
        with _typed_errors(key):
            path = self._existing(key)
            if not path.is_file():
                raise FileNotFoundError
            return _info(key, path.stat())

    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        """Read one file, checking version and size on the open file before reading it."""
        with self.open(key) as file, _typed_errors(key):
            found = _info(key, os.fstat(file.fileno()))
            if etag is not None and found.etag != etag:
                raise ObjectChangedError(f"{key!r} changed since it was listed; run again")
            if max_bytes is not None and found.size > max_bytes:
                raise ObjectTooLargeError(
                    f"{key!r} must have at most {max_bytes} bytes, got {found.size}"
                )
            data = file.read()
        if len(data) != found.size:
            raise ObjectChangedError(f"{key!r} changed while it was read; run again")
        return data

    def open(self, key: str) -> BinaryIO:
        """Open one file for reading."""
        with _typed_errors(key):
            path = self._existing(key)
            if not path.is_file():  # a folder, or a pipe on which open() would wait for ever
                raise FileNotFoundError if not path.exists() or path.is_dir() else PermissionError
            return path.open("rb")

    def put(self, key: str, data: bytes) -> str:
        """Write beside the target, flush to the disk, then rename over it."""
        path = self._path(key)
        with _typed_errors(key), _written_beside(key, path, data) as temporary:
            etag = _info(key, temporary.stat()).etag
            temporary.replace(path)
            _sync_folder(path.parent)
        return etag

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write beside the target, then link: linking to an existing name fails atomically."""
        path = self._path(key)
        with _typed_errors(key), _written_beside(key, path, data) as temporary:
            try:
                path.hardlink_to(temporary)
            except FileExistsError:
                return False
            _sync_folder(path.parent)
        return True

    def delete(self, key: str) -> None:
        """Remove one file; folders stay."""
        with _typed_errors(key):
            try:
                self._path(key).unlink(missing_ok=True)
            except NotADirectoryError:
                return

    def _path(self, key: str) -> Path:
        path = self.root / check_key(key)
        if _TEMPORARY.fullmatch(path.name):
            raise InvalidKeyError(f"key must not be named like a temporary file, got {key!r}")
        return path

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        if "\\x" in key and not path.exists():
            raw = _ESCAPED_BYTE.sub(lambda match: bytes.fromhex(match[1].decode()), key.encode())
            return self.root / os.fsdecode(raw)
        return path


def _walk(
    folder: Path, base: str, prefix: str, ancestors: frozenset[tuple[int, int]]
) -> Iterator[ObjectInfo]:
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in ancestors:  # a symbolic link that leads back up
        return
    for name, entry in _sorted_entries(folder):
        key = base + name
        if key.endswith("/"):
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _walk(Path(entry.path), key, prefix, ancestors | {identity})
        elif key.startswith(prefix):
            try:
                yield _info(key, entry.stat())
            except FileNotFoundError:  # deleted while the listing runs
                continue


def _sorted_entries(folder: Path) -> list[tuple[str, os.DirEntry[str]]]:
    """Files and folders by name, folders with a final slash: so the walk yields keys in order."""
    named = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = os.fsencode(entry.name).decode(errors="backslashreplace")
            with suppress(OSError):  # a symbolic link to itself is neither
                if entry.is_dir():
                    named.append((f"{name}/", entry))
                elif entry.is_file() and not _TEMPORARY.fullmatch(name):
                    named.append((name, entry))
    return sorted(named, key=lambda pair: pair[0])


def _info(key: str, status: os.stat_result) -> ObjectInfo:
    return ObjectInfo(
        key=key,
        size=status.st_size,
        etag=f"{status.st_mtime_ns:x}-{status.st_size:x}",
        modified=datetime.fromtimestamp(status.st_mtime, UTC),
    )


@contextmanager
def _written_beside(key: str, path: Path, data: bytes) -> Iterator[Path]:
    temporary = path.with_name(f".kuzushiji-{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InvalidKeyError(f"a file and a folder would share a name in {key!r}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; the file's own flush does not cover its name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _typed_errors(key: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ObjectNotFoundError(f"there is no object {key!r}") from error
    except PermissionError as error:
        raise StoreAccessError(f"no permission for {key!r}; check its owner and mode") from error
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InvalidKeyError(f"the file system allows no name as long as {key!r}") from error
        raise StoreUnavailableError(f"{key!r}: {error.strerror}") from error
