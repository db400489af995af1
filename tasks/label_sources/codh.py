"""CODH book folders: ``BOOK/BOOK_coordinate.csv`` beside ``BOOK/images/PAGE.jpg``."""

import csv
from collections.abc import Iterator
from io import StringIO

from model.characters import Labels, label_to_codepoint
from tasks.label_boxes import Box, make_labels, parse_box
from tasks.label_sources.archive import LabelledArchive, LabelSourceError, NamedLabels, join_scans
from tasks.object_store import ObjectNotFoundError, open_store
from tasks.scans import Scan, is_scan

SUFFIX = "_coordinate.csv"
IMAGES = "images/"
_BOX = ("X", "Y", "Width", "Height")
COLUMNS = ("Unicode", "Image", *_BOX)


def read_codh(root: str) -> LabelledArchive:
    """Read every book below a folder; a page without rows is a blank page.

    Characters keep the order of the file, which is that of its Block ID and Char ID.

    Raises:
        StoreError: if the folder cannot be read, or holds no book.
        LabelSourceError: if a table does not have its format, or two scans share a name.
    """
    store = open_store(root)
    tables, scans = [], {}
    for info in store.list():  # once: a book's characters/ may hold a hundred thousand crops
        if info.key.endswith(SUFFIX):
            tables.append(info.key)
        elif is_scan(info.key) and info.key.rpartition("/")[0].endswith(IMAGES.strip("/")):
            scans[info.key] = Scan(info.key, info.size, info.etag)
    if not tables:
        raise ObjectNotFoundError(f"there is no BOOK/BOOK{SUFFIX}; name the folder of the books")
    by_stem: dict[str, Scan] = {}
    labels: dict[str, Labels] = {}
    for table in tables:
        folder = table.rpartition("/")[0]
        images = f"{folder}/{IMAGES}".lstrip("/")
        pages = _by_stem(scan for key, scan in scans.items() if key.startswith(images))
        by_stem |= pages
        labels |= {stem: Labels.empty() for stem in pages}
        labels |= _read_table(table, images, store.get(table))
    named = {stem: NamedLabels(truth) for stem, truth in labels.items()}
    return join_scans(store, by_stem.values(), named, by_stem.get)


def _by_stem(scans: Iterator[Scan]) -> dict[str, Scan]:
    """Scans by key without extension, as the tables name them."""
    by_stem: dict[str, Scan] = {}
    for scan in scans:
        other = by_stem.setdefault(scan.key.rpartition(".")[0], scan)
        if other is not scan:
            raise LabelSourceError(
                f"{other.key!r} and {scan.key!r} differ by their extension only; remove one"
            )
    return by_stem


def _read_table(table: str, images: str, content: bytes) -> dict[str, Labels]:
    pages: dict[str, list[tuple[int, Box]]] = {}
    try:
        rows = csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = set(COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise LabelSourceError(f"{table} lacks the columns {sorted(missing)}")
        for row in rows:
            try:
                character = (
                    label_to_codepoint(row["Unicode"] or ""),
                    parse_box([row[c] for c in _BOX]),
                )
            except ValueError as error:
                raise LabelSourceError(f"{table}, line {rows.line_num}: {error}") from error
            pages.setdefault(f"{images}{row['Image']}", []).append(character)
    except (UnicodeDecodeError, csv.Error) as error:
        raise LabelSourceError(f"{table} must be a CSV file in UTF-8: {error}") from error
    return {page: make_labels(characters) for page, characters in pages.items()}
