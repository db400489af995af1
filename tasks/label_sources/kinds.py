"""Every layout of labelled pages by its name."""

from collections.abc import Callable, Mapping

from tasks.label_sources.aligned import read_aligned
from tasks.label_sources.alto import read_alto
from tasks.label_sources.archive import LabelledArchive
from tasks.label_sources.coco import read_coco
from tasks.label_sources.codh import read_codh
from tasks.label_sources.corrected import read_corrected
from tasks.label_sources.kaggle import read_kaggle
from tasks.label_sources.page_xml import read_page_xml
from tasks.object_store import ObjectNotFoundError

READERS: Mapping[str, Callable[[str], LabelledArchive]] = {
    "kaggle": read_kaggle,
    "codh": read_codh,
    "corrected": read_corrected,
    "coco": read_coco,
    "alto": read_alto,
    "page": read_page_xml,
    "aligned": read_aligned,
}
KINDS = tuple(READERS)


def read_label_source(kind: str, root: str) -> LabelledArchive:
    """Read labels and list scans, whether or not they fit together.

    Args:
        kind: one of `KINDS`.
        root: folder or ``s3://bucket/prefix``.

    Raises:
        StoreError: if something is missing or cannot be read.
        ValueError: if the kind is unknown, or a file does not have its format.
    """
    if kind not in READERS:
        raise ValueError(f"kind of labels must be one of {', '.join(KINDS)}, got {kind!r}")
    return READERS[kind](root)


def open_labels(kind: str, root: str) -> LabelledArchive:
    """Read labels of which every page has its scan.

    Raises:
        FileNotFoundError: if a labelled page has no scan.
        StoreError: if something is missing or cannot be read.
        ValueError: as `read_label_source`, or if there is no labelled page.
    """
    archive = read_label_source(kind, root)
    if archive.missing:
        raise ObjectNotFoundError(
            f"{len(archive.missing)} labelled pages have no scan, the first is "
            f"{archive.missing[0]!r}; see `kuzushiji labels check {kind} {root}`"
        )
    if not archive.pages:
        raise ValueError(f"{root!r} has no labelled page; add scans and labels")
    return archive
