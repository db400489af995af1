"""Recognizes batches of pages: Dask fetches and decodes, a reader reads, Parquet keeps.

One Prefect task handles one batch; its pages are Dask futures. Three batches are under way at a
time: while one is read, the pages of the others are fetched, even where two end together.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

from distributed import Client, as_completed
from prefect import task
from prefect.cache_policies import NO_CACHE

from model.page import CANDIDATE_SIDES
from tasks.batch_log import BatchReport, log_batch
from tasks.batch_reading import Reading
from tasks.fetch import fetch_page
from tasks.object_store import ObjectStore
from tasks.page_future import PageFuture
from tasks.page_row import PageRow
from tasks.progress import PageProgress
from tasks.readings import write_batch
from tasks.scans import Scan

PAGES_AHEAD = 32  # decoded pages waiting in memory, per batch: 32 x 1.3 MB, in colour 4 MB
FEWEST_PER_READ = 2  # pages, unless a batch ends: one alone would have all threads, beside others
MOST_PER_READ = 16  # pages; of fewer, cores wait more often for the last one of a group


class Recognition:
    """What all batches of a run share: stores, Dask, and what reads."""

    def __init__(
        self,
        archive: ObjectStore,
        output: ObjectStore,
        reading: Reading,
        model_digest: str,
        dask: Client,
        progress: PageProgress,
        channels: int,
    ) -> None:
        self.archive = archive
        self.output = output
        self.reading = reading
        self.model_digest = model_digest
        self.dask = dask
        self.progress = progress
        self.channels = channels

    def fetch(self, scans: Sequence[Scan]) -> Iterator[list[PageFuture]]:
        """Fetch and decode scans on Dask, a few ahead of the reader, in order of completion.

        Yields:
            What is there when it is asked for, at most ``MOST_PER_READ``: a reader that waits gets
            the first pages at once, a busy one finds many.
        """
        queue = iter(scans)
        submitted = self._submit(islice(queue, PAGES_AHEAD))
        running: Any = as_completed(  # type: ignore[no-untyped-call]
            submitted,
            loop=self.dask.loop,  # several runs may share this process
        )
        while submitted:
            group = [PageFuture(submitted.pop(future), future) for future in _ended(running)]
            added = self._submit(islice(queue, len(group)))
            submitted |= added
            running.update(added)
            yield group

    def _submit(self, queue: Iterable[Scan]) -> dict[Any, Scan]:
        """Hand scans to Dask, all in one message; returns them by their futures."""
        scans = list(queue)
        fetch = partial(
            fetch_page, self.archive, max_long_side=CANDIDATE_SIDES[-1], channels=self.channels
        )
        futures = self.dask.map(fetch, scans, pure=False)
        return dict(zip(futures, scans, strict=True))


def _ended(running: Any) -> Iterator[Any]:  # noqa: ANN401 - distributed is untyped
    """Wait for the next futures that end; those that have ended beside them come along."""
    yield from islice(running, FEWEST_PER_READ)
    for _ in range(MOST_PER_READ - FEWEST_PER_READ):
        if running.has_ready():
            yield next(running)


@task(name="recognize-batch", task_run_name="batch {number}", cache_policy=NO_CACHE)
def recognize_batch(
    recognition: Recognition,
    scans: Sequence[Scan],
    number: int,  # noqa: ARG001 - Prefect puts it into the run's name
) -> BatchReport:
    """Read one batch of scans and write its part; a part exists whole, or not at all.

    Args:
        recognition: what the run's batches share.
        scans: the pages of the batch.
        number: position of the batch in the plan, for its name in Prefect.
    """
    rows: list[PageRow] = []
    for group in recognition.reading.read(recognition.fetch(scans)):
        for row in group:
            recognition.progress.count(failed=row.status == "failed")
        rows += group
    started = time.perf_counter()
    write_batch(recognition.output, rows)
    report = BatchReport.of(rows, time.perf_counter() - started)
    log_batch(rows, report)
    return report
