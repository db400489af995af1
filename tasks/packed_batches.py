"""Batches of scans kept small: a plan may hold a million pages for days."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

from tasks.scans import Scan

Batch: TypeAlias = tuple[Scan, ...]

_FASTEST = 1  # zlib's level; neighbouring keys are alike, so it finds most of what there is


@dataclass(frozen=True, slots=True)
class PackedBatches(Sequence[Batch]):
    """Batches of scans, unpacked one at a time.

    A page takes some tens of bytes; as objects in memory it took 300
    (benchmarks/results/2026-11-25-planning.md).

    Attributes:
        packed: each batch as compressed JSON.
        pages: scans in all of them.
    """

    packed: tuple[bytes, ...] = ()
    pages: int = 0

    @classmethod
    def of(cls, batches: Iterable[Batch]) -> "PackedBatches":
        """Pack batches as they come."""
        packed: list[bytes] = []
        pages = 0
        for batch in batches:
            packed.append(_pack(batch))
            pages += len(batch)
        return cls(tuple(packed), pages)

    def scans(self) -> Iterator[Scan]:
        """Stream the scans of all batches."""
        for batch in self:
            yield from batch

    def __len__(self) -> int:
        return len(self.packed)

    @overload
    def __getitem__(self, index: int) -> Batch: ...
    @overload
    def __getitem__(self, index: slice) -> "PackedBatches": ...
    def __getitem__(self, index: int | slice) -> "Batch | PackedBatches":
        if isinstance(index, slice):
            return PackedBatches.of(map(_unpack, self.packed[index]))
        return _unpack(self.packed[index])


def _pack(batch: Batch) -> bytes:
    rows = [(scan.key, scan.size, scan.etag) for scan in batch]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), _FASTEST)


def _unpack(data: bytes) -> Batch:
    return tuple(Scan(*row) for row in json.loads(zlib.decompress(data)))
