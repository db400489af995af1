"""Labelled pages: scans with the truth about their characters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from model.characters import Labels
from tasks.object_store import ObjectStore
from tasks.scans import Scan

LabelledPage = tuple[Scan, Labels]


class LabelSourceError(ValueError):
    """Labels that break a rule of their format."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledArchive:
    """Scans with their labels.

    Attributes:
        store: where the scans are.
        pages: scans with their labels, boxes in pixels of the upright page; blank pages are among
            them.
        missing: names of labelled pages without a scan, in the order of the labels.
        unlabelled: keys of scans of which the labels say nothing, not even that they are blank.
        known: code points that the source's own table lists; None if it has no table.
    """

    store: ObjectStore
    pages: Sequence[LabelledPage]
    missing: Sequence[str] = ()
    unlabelled: Sequence[str] = ()
    known: frozenset[int] | None = None


def join_scans(
    store: ObjectStore,
    scans: Mapping[str, Scan],
    labels: Mapping[str, Labels],
    known: Iterable[int] | None = None,
) -> LabelledArchive:
    """Bring scans and labels together by the name that the labels give a page.

    Args:
        store: where the scans are.
        scans: by name.
        labels: by name; their order is kept.
        known: code points of the source's own table.
    """
    return LabelledArchive(
        store,
        pages=[(scans[name], truth) for name, truth in labels.items() if name in scans],
        missing=[name for name in labels if name not in scans],
        unlabelled=[scan.key for name, scan in scans.items() if name not in labels],
        known=None if known is None else frozenset(known),
    )
