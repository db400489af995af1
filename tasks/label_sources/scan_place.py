"""Where the scans of hand-made labels lie: in ``archive/``, where a run found them, or beside."""

import json

from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.scans import list_scans

ARCHIVE = "archive"
CONFIGURATION = "configuration.json"  # beside readings: tells their archive
EXPORT = "export.json"  # beside exports: tells their readings


def open_scans(store: ObjectStore) -> ObjectStore:
    """Open the archive that labels in ``store`` speak of.

    That is ``archive/`` if it holds scans; else, in the output of ``recognize`` or in exports of
    it, the archive that was read; else the place itself.

    Raises:
        StoreError: if the archive that was read is not there any more.
    """
    if next(list_scans(store, f"{ARCHIVE}/*"), None):
        return open_store(f"{store.location}/{ARCHIVE}")
    readings = store
    match _read(store, EXPORT):
        case {"settings": {"output": str(location)}}:
            readings = open_store(location)
    match _read(readings, CONFIGURATION):
        case {"archive": str(location)}:
            return open_store(location)
    return store


def _read(store: ObjectStore, key: str) -> object:
    try:
        return json.loads(store.get(key))
    except (ObjectNotFoundError, ValueError, RecursionError):
        return None
