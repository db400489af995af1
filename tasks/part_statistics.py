"""Sums over the rows of parts: how many pages, how many characters, how sure, how long."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.object_store import ObjectStore
from tasks.readings import read_part

_COLUMNS = ["status", "characters.list.element.score", "timings"]
_THREADS = 8  # waiting for the store
FETCH_THREADS = 8  # a run's: 100 ms a page then still allow 80 pages/s


@dataclass(frozen=True, slots=True)
class PartStatistics:
    """Sums over rows; can be added.

    Attributes:
        pages: rows.
        failed: rows of pages that could not be read.
        characters: characters of all rows.
        score_sum: of their confidences.
        fetch_seconds: that pages which were read waited for the store, several at a time.
        decode_seconds: that decoding them took.
        forward_seconds: that the reader took for them.
    """

    pages: int = 0
    failed: int = 0
    characters: int = 0
    score_sum: float = 0.0
    fetch_seconds: float = 0.0
    decode_seconds: float = 0.0
    forward_seconds: float = 0.0

    def __add__(self, other: "PartStatistics") -> "PartStatistics":
        return PartStatistics(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the characters, or None without any."""
        return self.score_sum / self.characters if self.characters else None

    @property
    def seconds_per_page(self) -> float | None:
        """What a page took, or None if none was read.

        Fetching, decoding and reading overlap, so it is the longest of them; `FETCH_THREADS` pages
        are fetched at a time.
        """
        read = self.pages - self.failed
        fetch = self.fetch_seconds / FETCH_THREADS
        return max(fetch, self.decode_seconds, self.forward_seconds) / read if read else None


NO_ROWS = PartStatistics()


def part_statistics(
    store: ObjectStore, part: str, rows: Sequence[int] | None = None
) -> PartStatistics:
    """Sum over some rows of a part, or over all; reads three of its columns.

    Raises:
        ReadingsFormatError: if it is no part.
        StoreError: if the store refuses.
    """
    table = read_part(store, part, _COLUMNS)
    if rows is not None:
        table = table.take(pa.array(rows, pa.int64()))
    read = table.filter(pc.equal(table["status"], "read"))
    scores = table["characters"].combine_chunks().flatten().field("score")
    times = read["timings"].combine_chunks()
    return PartStatistics(
        pages=table.num_rows,
        failed=table.num_rows - read.num_rows,
        characters=len(scores),
        score_sum=_sum(scores),
        fetch_seconds=_sum(times.field("fetch")),
        decode_seconds=_sum(times.field("decode")),
        forward_seconds=_sum(times.field("forward")),
    )


def sum_parts(store: ObjectStore, parts: Iterable[str]) -> PartStatistics:
    """Sum over all rows of some parts.

    Raises:
        ReadingsFormatError: if one is no part.
        StoreError: if the store refuses.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        return sum(pool.map(lambda part: part_statistics(store, part), parts), NO_ROWS)


def _sum(values: pa.Array) -> float:
    numbers = values.to_numpy(zero_copy_only=False)
    return float(np.sum(numbers, dtype=np.float64))
