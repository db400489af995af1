"""What an adaptation learns from and what it is examined on, kept apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from model.characters import Labels
from tasks.label_sources import open_labels, split_by_book
from tasks.page_alignment import TranscribedPages
from tasks.scans import Scan, key_selector
from tasks.training_material import LabelledSource
from tasks.training_sources import HeldOutPages, is_known


@dataclass(frozen=True, slots=True, eq=False)
class AdaptationPages:
    """Pages of a collection.

    Attributes:
        training: what the reader may learn from.
        held_out: pages with a transcription, of other books.
        labelled: pages with boxes that nothing trains on, every character named.
    """

    training: TranscribedPages
    held_out: TranscribedPages
    labelled: tuple[HeldOutPages, ...]


def split_pages(
    pages: TranscribedPages,
    labelled: Sequence[LabelledSource],
    *,
    hold_out: Sequence[str],
    fold: int,
) -> AdaptationPages:
    """Keep some books for the examination, and the pages with boxes out of the training.

    Args:
        pages: scans and their transcriptions.
        labelled: pages with boxes to examine on; those with a box that nobody named are left out.
        hold_out: globs on the keys of the scans to hold out; without any it is the books of
            ``fold``.
        fold: see `tasks.label_sources.split_by_book`.

    Raises:
        ValueError: if a glob fits no scan, no page of a source has names for all its boxes, or
            nothing is left to learn from.
    """
    boxes = tuple(map(_open_known, labelled))
    held = _matching(pages, hold_out) if hold_out else _of_fold(pages, fold)
    labels = _recognizer([scan for source in boxes for scan, _ in source.pages])
    kept = held | {scan.key for scan, _ in pages.pages if labels(scan)}
    training = pages.where(lambda key: key not in kept)
    if not training.pages:
        raise ValueError(
            "every page is held out for the examination, none is left to learn from; choose "
            "another --hold-out or other --labels"
        )
    return AdaptationPages(training, pages.where(held.__contains__), boxes)


def _open_known(source: LabelledSource) -> HeldOutPages:
    archive = open_labels(source.kind, source.root)
    known = [page for page in archive.pages if is_known(page)]
    if not known:
        raise ValueError(
            f"no page of {source.kind}:{source.root} has a name for each of its boxes, so that no "
            "reading can be scored; examine on other --labels"
        )
    return HeldOutPages(archive.store, known)


def _recognizer(labelled: Sequence[Scan]) -> Callable[[Scan], bool]:
    """Tell of scans of another place whether they are among those that are labelled.

    They are if their file names without extension agree, and either the folders, as far as both
    have them, or the sizes in bytes.
    """
    called: dict[str, list[Scan]] = {}
    for scan in labelled:
        called.setdefault(PurePosixPath(scan.key).stem, []).append(scan)

    def is_labelled(scan: Scan) -> bool:
        alike = called.get(PurePosixPath(scan.key).stem, ())
        return any(one.size == scan.size > 0 or _in_one_folder(one, scan) for one in alike)

    return is_labelled


def _in_one_folder(one: Scan, other: Scan) -> bool:
    folders = (PurePosixPath(scan.key).parts[-2::-1] for scan in (one, other))
    return all(mine == theirs for mine, theirs in zip(*folders, strict=False))


def _matching(pages: TranscribedPages, globs: Sequence[str]) -> set[str]:
    keys = [scan.key for scan, _ in pages.pages]
    held: set[str] = set()
    for glob in globs:
        matching = set(filter(key_selector(glob), keys))
        if not matching:
            raise ValueError(f"no page is called like {glob!r}; the first is {keys[0]!r}")
        held |= matching
    return held


def _of_fold(pages: TranscribedPages, fold: int) -> set[str]:
    unlabelled = [(scan, Labels.empty()) for scan, _ in pages.pages]
    return {scan.key for scan, _ in split_by_book(unlabelled, fold=fold).validation}
