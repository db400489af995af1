"""Which pages of an archive are still to be read, in batches.

A page that failed for a passing reason (no answer, no permission) is planned again by every run,
one whose bytes are bad only when asked for.

The listing is cut into batches where a page's key says so, not by counting: a new page then changes
the batch it falls into and leaves the names of all others as they were. A batch whose part exists
is done without looking into it; only parts that match no batch are opened. A page that is no longer
in the archive can only be in those.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from tasks.held_pages import ListedKeys, hold_pages
from tasks.object_store import ObjectStore
from tasks.packed_batches import Batch, PackedBatches
from tasks.readings import is_settled, list_parts, part_key
from tasks.scans import Scan

__all__ = ["Batch", "ExistingPolicy", "OutputExistsError", "Plan", "plan_batches"]

ExistingPolicy = Literal["skip", "overwrite", "abort"]

# A cut at every 4th batch size on average re-synchronises the batches after a new page; capped at
# the batch size, the mean batch then holds 4 (1 - exp(-1/4)) = 88 % of it.
_CUT_SPACING = 4


class OutputExistsError(FileExistsError):
    """There are readings of this model, and the caller wanted none to be there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run has to do.

    Attributes:
        batches: pages to read, in key order; each becomes one part.
        listed: pages of the archive.
        done: pages that need no reading; listed - done - planned are left for after the limit.
        gone: keys of pages that have a row but are no longer in the archive, in order.
    """

    batches: PackedBatches
    listed: int
    done: int
    gone: tuple[str, ...] = ()

    @property
    def planned(self) -> int:
        """Pages to read in this run."""
        return self.batches.pages


def plan_batches(
    scans: Iterable[Scan],
    output_store: ObjectStore,
    model_digest: str,
    *,
    batch_size: int,
    existing: ExistingPolicy = "skip",
    retry_failed: bool = False,
    limit: int | None = None,
    select: str | None = "*",
) -> Plan:
    """Plan the pages whose (key, ETag, model digest) have no row yet.

    Args:
        scans: the archive's listing, in key order.
        output_store: where the parts are.
        model_digest: hexadecimal digest of the model that will read.
        batch_size: most pages of a batch, at least 1.
        existing: leave pages with a row alone, read everything again (the parts are opened all
            the same, to learn what is gone), or refuse to start.
        retry_failed: plan pages with bad bytes again, too; costs opening all parts.
        limit: most pages to plan, at least 1.
        select: the glob that the scans were listed with; None if they were chosen otherwise, so
            that a page missing among them need not be gone.

    Raises:
        OutputExistsError: if ``existing`` is ``abort`` and there are parts of this model.
        ValueError: if ``batch_size`` or ``limit`` is below 1.
        StoreError, ReadingsFormatError: if archive or parts cannot be read.
    """
    _check_at_least_one(batch_size=batch_size, limit=limit)
    parts = frozenset(list_parts(output_store, model_digest))
    if existing == "abort" and parts:
        raise OutputExistsError(
            f"{output_store.location} holds readings of model {model_digest[:12]};"
            " choose another output, or existing=skip to complete them"
        )
    # A part's name does not tell which of its pages failed.
    named = frozenset() if retry_failed or existing == "overwrite" else parts
    listing = _compare(_cut(scans, batch_size), model_digest, named)
    others = filter(is_settled, parts - listing.matched)
    held = hold_pages(output_store, others, model_digest, listing.keys, select)
    left = (
        scan
        for scan in listing.missing.scans()
        if existing == "overwrite" or held.needs(scan, retry_failed=retry_failed)
    )
    todo = PackedBatches.of(_cut(left, batch_size))
    done = listing.listed - todo.pages
    if limit is not None:
        todo = PackedBatches.of(_cut(islice(todo.scans(), limit), batch_size))
    return Plan(todo, listing.listed, done, held.gone)


class _Listing(NamedTuple):
    """The listing, compared with the parts: pages of batches without one, and parts with one."""

    listed: int
    missing: PackedBatches
    matched: frozenset[str]
    keys: ListedKeys


def _compare(batches: Iterable[Batch], model_digest: str, parts: frozenset[str]) -> _Listing:
    matched: set[str] = set()
    keys = ListedKeys()

    def missing() -> Iterator[Batch]:
        for batch in batches:
            keys.extend(batch)
            name = part_key(model_digest, batch)
            if name in parts:
                matched.add(name)
            else:
                yield batch

    packed = PackedBatches.of(missing())
    return _Listing(len(keys), packed, frozenset(matched), keys)


def _cut(scans: Iterable[Scan], batch_size: int) -> Iterator[Batch]:
    batch: list[Scan] = []
    for scan in scans:
        batch.append(scan)
        cut = zlib.crc32(scan.key.encode()) % (_CUT_SPACING * batch_size) == 0
        if cut or len(batch) == batch_size:
            yield tuple(batch)
            batch.clear()
    if batch:
        yield tuple(batch)


def _check_at_least_one(**values: int | None) -> None:
    for name, value in values.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
