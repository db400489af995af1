"""Finds the scan that a file of labels means by the name it gives."""

from collections.abc import Iterable

from tasks.label_sources.archive import LabelSourceError
from tasks.scans import Scan


class ScanFinder:
    """Scans by their key, else by their file name, else by their file name without extension.

    Other programs write a path of another computer, or change the extension. Folders are ignored
    only where the file name alone leaves no doubt.

    Args:
        scans: all scans of an archive.
    """

    def __init__(self, scans: Iterable[Scan]) -> None:
        self._levels: tuple[dict[str, list[Scan]], ...] = ({}, {}, {}, {})
        for scan in scans:
            for level, name in zip(self._levels, _names(scan.key), strict=True):
                level.setdefault(name, []).append(scan)

    def find(self, name: str) -> Scan | None:
        """Return the scan, or None if there is none.

        Raises:
            LabelSourceError: if several scans fit equally well.
        """
        for level, wanted in zip(self._levels, _names(name), strict=True):
            meant = level.get(wanted, [])
            if len(meant) > 1:
                raise LabelSourceError(
                    f"{name!r} may mean {meant[0].key!r} or {meant[1].key!r}; "
                    "write the scan's whole key into the labels"
                )
            if meant:
                return meant[0]
        return None


def _names(key: str) -> tuple[str, str, str, str]:
    """A key, the same without extension, its file name, the same without extension."""
    name = key.replace("\\", "/").rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    return key, key.removesuffix(name) + stem, name, stem
