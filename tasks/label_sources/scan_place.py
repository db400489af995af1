"""Where the scans of hand-made labels lie: in ``archive/``, where a run found them, or beside."""

import json

from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.scans import list_scans

ARCHIVE = "archive"
CONFIGURATION = "configuration.json"  # what `recognize` leaves beside its readings


def open_scans(store: ObjectStore) -> ObjectStore:
    """Open the archive that labels in ``store`` speak of.

    That is ``archive/`` if it holds scans; else, in the output of ``recognize``, the archive that
    was read; else the place itself.

    Raises:
        StoreError: if the archive that was read is not there any more.
    """
    if next(list_scans(store, f"{ARCHIVE}/*"), None):
        return open_store(f"{store.location}/{ARCHIVE}")
    recorded = _recorded(store)
    return open_store(recorded) if recorded else store


def _recorded(store: ObjectStore) -> str | None:
    try:
        match json.loads(store.get(CONFIGURATION)):
            case {"archive": str(location)}:
                return location
    except (ObjectNotFoundError, ValueError, RecursionError):
        pass
    return None
