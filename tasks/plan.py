"""Which pages of an archive are still to be read, in batches.

A page that failed for a passing reason (no answer, no permission) is planned again by every run,
one whose bytes are bad only when asked for.

The listing is cut into batches where a page's key says so, not by counting: a new page then changes
the batch it falls into and leaves the names of all others as they were. A batch whose part exists
is done without looking into it; only parts that match no batch are opened.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from tasks.object_store import ObjectStore
from tasks.readings import PageVersion, done_pages, list_parts, part_key, settled_parts
from tasks.scans import Scan

ExistingPolicy = Literal["skip", "overwrite", "abort"]
Batch = tuple[Scan, ...]

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
        failed_before: planned pages whose bytes are tried again after a failure.
    """

    batches: tuple[Batch, ...]
    listed: int
    done: int
    failed_before: int

    @property
    def planned(self) -> int:
        """Pages to read in this run."""
        return sum(len(batch) for batch in self.batches)


def plan_batches(
    scans: Iterable[Scan],
    output_store: ObjectStore,
    model_digest: str,
    *,
    batch_size: int,
    existing: ExistingPolicy = "skip",
    retry_failed: bool = False,
    limit: int | None = None,
) -> Plan:
    """Plan the pages whose (key, ETag, model digest) have no row yet.

    Args:
        scans: the archive's listing, in key order.
        output_store: where the parts are.
        model_digest: hexadecimal digest of the model that will read.
        batch_size: most pages of a batch, at least 1.
        existing: leave pages with a row alone, read everything again, or refuse to start.
        retry_failed: plan pages with bad bytes again, too; costs opening all parts.
        limit: most pages to plan, at least 1.

    Raises:
        OutputExistsError: if ``existing`` is ``abort`` and there are parts of this model.
        ValueError: if ``batch_size`` or ``limit`` is below 1.
    """
    _check_at_least_one(batch_size=batch_size, limit=limit)
    parts = frozenset(list_parts(output_store, model_digest))
    if existing == "abort" and parts:
        raise OutputExistsError(
            f"{output_store.location} holds readings of model {model_digest[:12]};"
            " choose another output, or existing=skip to complete them"
        )
    if existing == "overwrite":
        parts = frozenset()
    # A part's name does not tell which of its pages failed.
    named = frozenset() if retry_failed else parts
    listed, missing, matched = _unmatched(_cut(scans, batch_size), model_digest, named)
    states = done_pages(output_store, settled_parts(parts - matched)) if missing else {}
    wanted = (None, "failed") if retry_failed else (None,)
    todo, failed = [], 0
    for scan in missing:
        state = states.get(PageVersion(scan.key, scan.etag, model_digest))
        if state in wanted:
            todo.append(scan)
            failed += state == "failed" and (limit is None or len(todo) <= limit)
    batches = tuple(_cut(islice(todo, limit), batch_size))
    return Plan(batches, listed, listed - len(todo), failed)


def _unmatched(
    batches: Iterable[Batch], model_digest: str, parts: frozenset[str]
) -> tuple[int, list[Scan], frozenset[str]]:
    """Number of pages, the pages of batches without a part, and the parts that have a batch."""
    listed = 0
    missing: list[Scan] = []
    matched: set[str] = set()
    for batch in batches:
        listed += len(batch)
        name = part_key(model_digest, batch)
        if name in parts:
            matched.add(name)
        else:
            missing.extend(batch)
    return listed, missing, frozenset(matched)


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
