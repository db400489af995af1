"""The readings of an archive: Parquet parts on a store, and the rule that picks current rows.

State is the output: a part is there whole or not at all, its name tells which pages of which model
it holds, and nothing else records what is done. Two runs may write the same page twice; the rule
in `latest_rows` then counts one of them.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.object_store import ObjectInfo, ObjectStore, StoreError
from tasks.page_row import PageRow, Status
from tasks.reading_table import (
    SCHEMA,
    SCHEMA_VERSION,
    VERSION_KEY,
    WRITE_OPTIONS,
    rows_to_table,
    table_to_rows,
)
from tasks.scans import Scan

__all__ = [
    "CurrentRows",
    "NoReadingsError",
    "PageVersion",
    "ReadingsFormatError",
    "is_settled",
    "latest_rows",
    "list_part_objects",
    "list_parts",
    "pages_of",
    "part_key",
    "part_pages",
    "parts_by_model",
    "read_part",
    "read_rows",
    "write_batch",
    "write_part",
]

_ROOT = "readings/"
_AGAIN = "/again-"  # begins the name of a part whose pages the next run tries again
_DIGEST = re.compile(r"[0-9a-f]{12,64}")
_KEY_COLUMNS = ["page_key", "etag", "model_digest", "status", "read_at"]
_THREADS = 8  # waiting for the store, not computing
_PARTS_AHEAD = 64  # key columns of 4,096 pages in memory
_OPEN_PARTS = 8  # bounds the memory of CurrentRows; a part of 64 dense pages has a few MB


class NoReadingsError(FileNotFoundError):
    """The output holds no readings, or none of the model that was asked for."""


class ReadingsFormatError(ValueError):
    """A file below ``readings/`` is not one that this version can read."""


class PageVersion(NamedTuple):
    """One version of one page under one model: what is read once."""

    page_key: str
    etag: str
    model_digest: str


class _Entry(NamedTuple):
    version: PageVersion
    status: Status
    read_at: datetime
    part: str
    row: int


def part_key(model_digest: str, scans: Iterable[Scan]) -> str:
    """Name the part of a batch: the same pages under the same model always have the same name.

    Raises:
        ValueError: if the digest is not 12 to 64 lower-case hexadecimal digits.
    """
    batch = hashlib.sha256()
    for key, etag in sorted((scan.key, scan.etag) for scan in scans):
        batch.update(f"{key}\0{etag}\0{model_digest}\0".encode())
    return f"{_folder(model_digest)}part-{batch.hexdigest()}.parquet"


def list_parts(store: ObjectStore, model_digest: str | None = None) -> Iterator[str]:
    """Stream the keys of the parts, of one model or of all."""
    return (info.key for info in list_part_objects(store, model_digest))


def list_part_objects(store: ObjectStore, model_digest: str | None = None) -> Iterator[ObjectInfo]:
    """Stream the parts as the store lists them, of one model or of all."""
    folder = _ROOT if model_digest is None else _folder(model_digest)
    return (info for info in store.list(folder) if info.key.endswith(".parquet"))


def parts_by_model(store: ObjectStore) -> dict[str, list[ObjectInfo]]:
    """The parts of each model, by the first 12 digits of its digest."""
    parts: dict[str, list[ObjectInfo]] = {}
    for info in list_part_objects(store):
        folder, _, name = info.key.removeprefix(_ROOT).partition("/")
        if _DIGEST.fullmatch(folder) and "/" not in name:
            parts.setdefault(folder, []).append(info)
    return parts


def is_settled(part: str) -> bool:
    """Whether a part's pages are done, and not to be tried again by the next run."""
    return _AGAIN not in part


def write_batch(store: ObjectStore, rows: Sequence[PageRow]) -> None:
    """Write a batch's rows as one part; passing failures, if there are any, as another one.

    Raises:
        ValueError: if there are rows of two models.
    """
    for passing in (False, True):
        same = [row for row in rows if row.is_passing_failure is passing]
        if same:
            write_part(store, same)


def write_part(store: ObjectStore, rows: Sequence[PageRow]) -> str:
    """Write rows as one Parquet object with one put; returns its key.

    Raises:
        ValueError: if there are no rows, rows of two models, or passing failures among others.
    """
    digests = {row.model_digest for row in rows}
    if len(digests) != 1:
        raise ValueError(f"a part must hold rows of one model, got rows of {len(digests)}")
    key = part_key(digests.pop(), (row.scan for row in rows))
    passing = {row.is_passing_failure for row in rows}
    if len(passing) != 1:
        raise ValueError("a part must hold passing failures or none; write it with write_batch")
    if passing.pop():
        key = key.replace("/part-", _AGAIN)
    sink = pa.BufferOutputStream()
    table = rows_to_table(sorted(rows, key=lambda row: row.scan.key))
    pq.write_table(table, sink, **WRITE_OPTIONS)
    store.put(key, sink.getvalue().to_pybytes())
    return key


def read_rows(store: ObjectStore, model_digest: str | None = None) -> Iterator[PageRow]:
    """Every row of every part, superseded ones too, part after part."""
    for part in list_parts(store, model_digest):
        for row in table_to_rows(read_part(store, part)):
            if row.model_digest.startswith(model_digest or ""):
                yield row


class CurrentRows(Mapping[str, PageRow]):
    """The one current row of each page by page key, in key order, each fetched when asked for.

    Of a page's versions the one read last counts; of the rows of that version, a reading before a
    failure, then the newest. What is held is the keys and the parts used last. Threads may share
    it.

    Args:
        store: where the readings lie.
        model_digest: of the model whose rows count; its first 12 digits or more are enough.
            Without it the rows of all models compete.
    """

    def __init__(self, store: ObjectStore, model_digest: str | None = None) -> None:
        entries = _current(_entries(store, list_parts(store, model_digest), model_digest))
        self._entries = {entry.version.page_key: entry for entry in entries}
        self._read_table = lru_cache(_OPEN_PARTS)(lambda part: read_part(store, part))

    def __getitem__(self, page_key: str) -> PageRow:
        entry = self._entries[page_key]
        return next(table_to_rows(self._read_table(entry.part).slice(entry.row, 1)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def places(self) -> Iterator[tuple[str, int]]:
        """Stream where the rows are: the part's key and the row's number in it."""
        return ((entry.part, entry.row) for entry in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)


def latest_rows(store: ObjectStore, model_digest: str | None = None) -> Iterator[PageRow]:
    """The one current row of each page, in key order, as `CurrentRows` picks it."""
    yield from CurrentRows(store, model_digest).values()


def part_pages(store: ObjectStore, parts: Iterable[str]) -> Iterator[tuple[PageVersion, Status]]:
    """Stream the version and the status of every row of these parts; reads key columns only."""
    return ((entry.version, entry.status) for entry in _entries(store, parts, None))


def pages_of(store: ObjectStore, parts: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the keys of the pages that some parts hold, and of those of them that were read.

    Raises:
        StoreError, ReadingsFormatError: if a part cannot be read.
    """
    held: set[str] = set()
    read: set[str] = set()
    for version, status in part_pages(store, parts):
        held.add(version.page_key)
        if status == "read":
            read.add(version.page_key)
    return held, read


def _current(entries: Iterable[_Entry]) -> list[_Entry]:
    newest: dict[str, tuple[datetime, str]] = {}
    best: dict[tuple[str, str], _Entry] = {}
    for entry in entries:
        key, etag, _ = entry.version
        newest[key] = max(newest.get(key, (entry.read_at, etag)), (entry.read_at, etag))
        best[key, etag] = max(best.get((key, etag), entry), entry, key=_rank)
    return [best[key, newest[key][1]] for key in sorted(newest)]


def _rank(entry: _Entry) -> tuple[bool, datetime, str]:
    return entry.status == "read", entry.read_at, entry.part


def _entries(
    store: ObjectStore, parts: Iterable[str], model_digest: str | None
) -> Iterator[_Entry]:
    def read(part: str) -> list[_Entry]:
        columns = read_part(store, part, _KEY_COLUMNS).to_pydict().values()
        return [
            _Entry(PageVersion(key, etag, digest), status, read_at, part, row)
            for row, (key, etag, digest, status, read_at) in enumerate(zip(*columns, strict=True))
            if digest.startswith(model_digest or "")
        ]

    left = iter(parts)
    with ThreadPoolExecutor(_THREADS) as pool:
        while some := list(islice(left, _PARTS_AHEAD)):  # a pool alone would run ahead of us
            for entries in pool.map(read, some):
                yield from entries


def read_part(store: ObjectStore, part: str, columns: list[str] | None = None) -> pa.Table:
    """Read a part, or some columns of it, which may be leaves of nested ones.

    Raises:
        ReadingsFormatError: if it is none.
        StoreError: if the store refuses.
    """
    # Everything is one request, some columns are a few small ones.
    source = store.open(part) if columns else BytesIO(store.get(part))
    with source, _format_errors(part):
        parquet = pq.ParquetFile(source)
        _check_schema(part, parquet.schema_arrow)
        return parquet.read(columns=columns)


def _check_schema(part: str, schema: pa.Schema) -> None:
    version = (schema.metadata or {}).get(VERSION_KEY, b"").decode()
    if version.isdigit() and int(version) > SCHEMA_VERSION:
        raise ReadingsFormatError(
            f"{part!r} has schema version {version}, this program knows {SCHEMA_VERSION}; update it"
        )
    if version != str(SCHEMA_VERSION) or not schema.equals(SCHEMA):
        raise ReadingsFormatError(_foreign(part))


@contextmanager
def _format_errors(part: str) -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise ReadingsFormatError(_foreign(part)) from error


def _foreign(part: str) -> str:
    return f"{part!r} is no part of readings, or is damaged; move it away, its pages are read anew"


def _folder(model_digest: str) -> str:
    if not _DIGEST.fullmatch(model_digest):
        raise ValueError(
            f"model_digest must be 12 to 64 lower-case hexadecimal digits, got {model_digest!r}"
        )
    return f"{_ROOT}{model_digest[:12]}/"
