"""Labelled pages: scans with the truth about their characters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from model.characters import Labels
from tasks.object_store import ObjectStore
from tasks.scans import Scan

LabelledPage = tuple[Scan, Labels]
PageSize = tuple[int, int]  # width, height in pixels


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
        sizes: (width, height) in pixels that the labels say of a page, by scan key.
    """

    store: ObjectStore
    pages: Sequence[LabelledPage]
    missing: Sequence[str] = ()
    unlabelled: Sequence[str] = ()
    known: frozenset[int] | None = None
    sizes: Mapping[str, PageSize] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class NamedLabels:
    """What a file of labels says of one page.

    Attributes:
        labels: the page's characters.
        size: (width, height) of the page in pixels, if the file says it.
    """

    labels: Labels
    size: PageSize | None = None


def join_scans(
    store: ObjectStore,
    scans: Iterable[Scan],
    named: Mapping[str, NamedLabels],
    find: Callable[[str], Scan | None],
    known: Iterable[int] | None = None,
) -> LabelledArchive:
    """Bring scans and labels together.

    Args:
        store: where the scans are.
        scans: all of them.
        named: labels by the name that they give their page; the order is kept.
        find: the scan of such a name, None if there is none.
        known: code points of the source's own table.

    Raises:
        LabelSourceError: if two names mean the same scan.
    """
    found = {name: scan for name in named if (scan := find(name)) is not None}
    names: dict[str, str] = {}
    for name, scan in found.items():
        other = names.setdefault(scan.key, name)
        if other != name:
            raise LabelSourceError(f"{other!r} and {name!r} both label {scan.key!r}; keep one")
    return LabelledArchive(
        store,
        pages=[(scan, named[name].labels) for name, scan in found.items()],
        missing=[name for name in named if name not in found],
        unlabelled=[scan.key for scan in scans if scan.key not in names],
        known=None if known is None else frozenset(known),
        sizes={scan.key: size for name, scan in found.items() if (size := named[name].size)},
    )
