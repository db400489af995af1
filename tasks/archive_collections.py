"""The collections of a backfill: folders that match a glob, or the lines of a file."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import StringIO
from pathlib import Path

from tasks.models import read_object
from tasks.object_store import InvalidKeyError, ObjectStore, check_key, open_store
from tasks.scans import is_dropping

_HEADER = ["archive", "output"]
_WILDCARDS = frozenset("*?[")


class CollectionsError(ValueError):
    """The collections of a backfill cannot be told from what was given."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One archive among many, and where its readings go.

    Attributes:
        name: for tables: the folder below the root, or the archive as the file names it.
        archive: location of its scans.
        output: location of its readings; no other collection has the same.
        problem: why it cannot be read, in one sentence, or empty.
    """

    name: str
    archive: str
    output: str
    problem: str = ""


def find_collections(collections: str, output: str | None) -> list[Collection]:
    """Find the collections that a person means, in the order of their names or of the file.

    Args:
        collections: a glob such as ``scans/*`` or ``s3://bucket/edo/*/*``, of which ``*`` matches
            within one folder's name; or the location of a CSV file with the columns archive and
            output.
        output: for a glob, the location below which each collection's readings get a folder of the
            same name.

    Raises:
        CollectionsError: if there is no collection, or two would share an output.
        FileNotFoundError: if there is no such file or root.
        StoreError: if the root cannot be listed.
    """
    if _WILDCARDS.isdisjoint(collections) or Path(collections).is_file():
        if output is not None:
            raise CollectionsError("a file of collections names their outputs; leave output out")
        found = read_collections(read_object(collections), collections)
    elif output is None:
        raise CollectionsError("output must be given with a glob: where the readings go")
    else:
        found = list(_match_folders(collections, output))
    if not found:
        raise CollectionsError(f"there is no collection in {collections}; correct it")
    return found


def read_collections(data: bytes, name: str) -> list[Collection]:
    """Read the CSV file ``name`` with the columns archive and output.

    Raises:
        CollectionsError: if it has another form, or names an output twice.
    """
    try:
        lines = list(csv.reader(StringIO(data.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CollectionsError(f"{name} must be a CSV file in UTF-8: {error}") from error
    if not lines or lines[0] != _HEADER:
        raise CollectionsError(f"{name} must begin with the line {','.join(_HEADER)}")
    outputs: dict[str, int] = {}
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(_HEADER) or not all(line):
            raise CollectionsError(f"line {number} of {name} must hold an archive and an output")
        before = outputs.setdefault(_same_place(line[1]), number)
        if before != number:
            raise CollectionsError(
                f"lines {before} and {number} of {name} share an output; their pages would mix"
            )
    return [Collection(archive, archive, output) for archive, output in lines[1:]]


def _match_folders(glob: str, output: str) -> Iterator[Collection]:
    segments = glob.rstrip("/").split("/")
    first = next(n for n, segment in enumerate(segments) if not _WILDCARDS.isdisjoint(segment))
    root = "/".join(segments[:first]) or ("/" if first else ".")
    for name in _below(open_store(root), "", segments[first:]):
        try:
            check_key(name)
        except InvalidKeyError as error:
            yield Collection(name, root, output, str(error))
            continue
        yield Collection(name, f"{root.rstrip('/')}/{name}", f"{output.rstrip('/')}/{name}")


def _below(store: ObjectStore, prefix: str, patterns: Sequence[str]) -> Iterator[str]:
    pattern, *deeper = patterns
    for name in store.folders(prefix):
        if not fnmatchcase(name, pattern) or is_dropping(name):
            continue
        if deeper:
            yield from _below(store, f"{prefix}{name}/", deeper)
        else:
            yield prefix + name


def _same_place(location: str) -> str:
    if "://" in location:
        return location.rstrip("/")
    return str(Path(location).absolute())
