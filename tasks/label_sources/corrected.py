"""Our own readings corrected by hand: ``corrections.jsonl``, as the viewer saves it.

It lies beside the readings, whose configuration tells where the scans are, or in the archive
itself, or beside a folder ``archive/``.
"""

from tasks.label_sources.archive import LabelledArchive, NamedLabels, join_scans
from tasks.label_sources.corrections import read_corrections
from tasks.label_sources.scan_place import open_scans
from tasks.object_store import open_store
from tasks.scans import list_scans

CORRECTIONS = "corrections.jsonl"


def read_corrected(root: str) -> LabelledArchive:
    """Read corrected pages; see `tasks.label_sources.corrections` for the file.

    Raises:
        StoreError: if the corrections or the scans are missing or cannot be read.
        LabelSourceError: if the corrections do not have their format.
    """
    store = open_store(root)
    labels = read_corrections(store.get(CORRECTIONS))
    named = {key: NamedLabels(truth) for key, truth in labels.items()}
    archive = open_scans(store)
    scans = {scan.key: scan for scan in list_scans(archive)}
    return join_scans(archive, scans.values(), named, scans.get)
