"""Our own readings corrected by hand: ``corrections.jsonl`` put into the archive it corrects.

Where the archive must stay as it is, the scans lie (or are linked) in ``archive/`` beside it.
"""

from tasks.label_sources.archive import LabelledArchive, join_scans
from tasks.label_sources.corrections import read_corrections
from tasks.object_store import ObjectStore, open_store
from tasks.scans import list_scans

CORRECTIONS = "corrections.jsonl"
ARCHIVE = "archive"


def read_corrected(root: str) -> LabelledArchive:
    """Read corrected pages; see `tasks.label_sources.corrections` for the file.

    Raises:
        StoreError: if the corrections are missing or cannot be read.
        LabelSourceError: if they do not have their format.
    """
    store = open_store(root)
    labels = read_corrections(store.get(CORRECTIONS))
    archive = open_archive(store)
    return join_scans(archive, {scan.key: scan for scan in list_scans(archive)}, labels)


def open_archive(store: ObjectStore) -> ObjectStore:
    """Open ``archive/`` if it holds scans, else the place itself."""
    if next(list_scans(store, f"{ARCHIVE}/*"), None):
        return open_store(f"{store.location}/{ARCHIVE}")
    return store
