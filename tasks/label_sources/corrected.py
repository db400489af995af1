"""Our own readings corrected by hand: ``corrections.jsonl``, as the viewer saves it.

It lies beside the readings, whose configuration tells where the scans are, or in the archive
itself, or beside a folder ``archive/``.
"""

from tasks.corrections import read_corrections
from tasks.label_boxes import make_labels
from tasks.label_sources.archive import LabelledArchive, NamedLabels, join_scans
from tasks.label_sources.scan_place import open_scans
from tasks.object_store import open_store
from tasks.saved_corrections import CORRECTIONS_KEY
from tasks.scans import list_scans


def read_corrected(root: str) -> LabelledArchive:
    """Read corrected pages; see `tasks.corrections` for the file.

    Raises:
        StoreError: if the corrections or the scans are missing or cannot be read.
        CorrectionFormatError: if the corrections do not have their format.
    """
    store = open_store(root)
    corrections = read_corrections(store.get(CORRECTIONS_KEY))
    named = {key: NamedLabels(make_labels(page.characters)) for key, page in corrections.items()}
    archive = open_scans(store)
    scans = {scan.key: scan for scan in list_scans(archive)}
    return join_scans(archive, scans.values(), named, scans.get)
