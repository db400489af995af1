"""The Kuzushiji Recognition challenge exactly as downloaded: train.csv and train_images.zip.

The images may also lie unpacked in ``train_images/`` or ``images/``.
``unicode_translation.csv`` is read where there is one.
"""

from tasks.challenge import by_image_id, read_labels
from tasks.label_sources.archive import LabelledArchive, NamedLabels, join_scans
from tasks.label_sources.translation import read_translation
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.object_store.zipped import open_zip
from tasks.scans import list_scans

LABELS = "train.csv"
TRANSLATION = "unicode_translation.csv"
FOLDERS = ("train_images", "images")
ZIP = "train_images.zip"


def read_kaggle(root: str) -> LabelledArchive:
    """Read the challenge's training pages; an empty labels cell is a blank page.

    Raises:
        StoreError: if a file is missing or cannot be read.
        ValueError: if a file does not have its format, or two images share an id.
    """
    store = open_store(root)
    labels = read_labels(store.get(LABELS))
    images = _open_images(store)
    scans = {scan.key: scan for scan in list_scans(images)}
    by_id = {image_id: scans[key] for image_id, key in by_image_id(scans).items()}
    named = {image_id: NamedLabels(truth) for image_id, truth in labels.items()}
    return join_scans(images, scans.values(), named, by_id.get, _read_translation(store))


def _open_images(store: ObjectStore) -> ObjectStore:
    for folder in FOLDERS:
        if next(list_scans(store, f"{folder}/*"), None):
            return open_store(f"{store.location}/{folder}")
    try:
        images = open_zip(store, ZIP)
    except ObjectNotFoundError as error:
        raise ObjectNotFoundError(
            f"there must be {ZIP}, or page scans in {FOLDERS[0]}/ or {FOLDERS[1]}/, beside {LABELS}"
        ) from error
    # who packs the folder again puts its name in front; the book stands in the file name alone
    inner = {scan.key.rpartition("/")[0] for scan in list_scans(images)}
    return open_zip(store, ZIP, inner.pop()) if len(inner) == 1 else images


def _read_translation(store: ObjectStore) -> list[int] | None:
    try:
        return read_translation(store.get(TRANSLATION))
    except ObjectNotFoundError:
        return None
