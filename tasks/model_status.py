"""What is done in an output, model by model."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from tasks.object_store import ObjectStore
from tasks.part_statistics import NO_ROWS, PartStatistics, part_statistics
from tasks.readings import CurrentRows, NoReadingsError, parts_by_model

HEADINGS = ("model", "pages", "failed", "characters", "confidence", "last written")
_THREADS = 8  # waiting for the store


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What one model has read.

    Attributes:
        folder: the first 12 digits of its digest, which name its folder.
        current: sums over the one row of each page that counts.
        written: when its newest part was written.
    """

    folder: str
    current: PartStatistics
    written: datetime

    def row(self) -> tuple[str, ...]:
        """Return the line of a table under `HEADINGS`."""
        sums = self.current
        return (
            self.folder,
            str(sums.pages),
            str(sums.failed),
            str(sums.characters),
            confidence_text(sums.confidence),
            f"{self.written:%Y-%m-%d %H:%M}",
        )


def model_statuses(store: ObjectStore) -> list[ModelStatus]:
    """Describe what each model has read, the one that wrote last first.

    Raises:
        NoReadingsError: if there are no readings.
        ReadingsFormatError: if a part is none.
        StoreError: if the store refuses.
    """
    models = parts_by_model(store)
    if not models:
        raise NoReadingsError(f"{store.location} holds no readings; run kuzushiji recognize first")
    statuses = [
        ModelStatus(folder, _current(store, folder), max(part.modified for part in parts))
        for folder, parts in models.items()
    ]
    return sorted(statuses, key=lambda status: status.written, reverse=True)


def confidence_text(confidence: float | None) -> str:
    """Write a mean confidence for a table."""
    return "-" if confidence is None else f"{confidence:.3f}"


def _current(store: ObjectStore, folder: str) -> PartStatistics:
    rows: dict[str, list[int]] = defaultdict(list)
    for part, row in CurrentRows(store, folder).places():
        rows[part].append(row)
    with ThreadPoolExecutor(_THREADS) as pool:
        sums = pool.map(lambda item: part_statistics(store, *item), rows.items())
        return sum(sums, NO_ROWS)
