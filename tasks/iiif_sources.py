"""Records beside the readings which canvas of which manifest each page is, to link back to it."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from tasks.object_store import IiifStore, ObjectStore, StoreError
from tasks.object_store.iiif.presentation import Manifest
from tasks.object_store.iiif.store import page_key
from tasks.scans import Scan, book_of


def write_sources(archive: ObjectStore, output: ObjectStore, scans: Iterable[Scan]) -> None:
    """Write ``sources/BOOK.json`` for each book of some scans, if they come from a IIIF server.

    Args:
        archive: where the scans are; nothing is written for other archives.
        output: where their readings will be.
        scans: the pages to be read.
    """
    if not isinstance(archive, IiifStore):
        return
    for book in sorted({book_of(scan.key) for scan in scans}):
        try:
            manifest = archive.manifest(book)
        except StoreError:  # then its pages fail, with this cause
            continue
        output.put(f"sources/{book}.json", _describe(book, manifest))


def _describe(book: str, manifest: Manifest) -> bytes:
    document = {
        "manifest": manifest.url,
        "label": manifest.label,
        "rights": manifest.rights,
        "attribution": manifest.attribution,
        "pages": {page_key(book, image): asdict(image) for image in manifest.images},
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode(errors="replace")
