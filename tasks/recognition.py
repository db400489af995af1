"""Recognizes batches of pages: Dask fetches and decodes, torch reads, Parquet keeps.

One Prefect task handles one batch; its pages are Dask futures. Two batches are under way at a time,
so that the pages of one are fetched while the other is read.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from distributed import Client, KilledWorker, as_completed
from prefect import task
from prefect.cache_policies import NO_CACHE

from model.characters import PageReading
from model.page import CANDIDATE_SIDES
from model.reader import PageReader
from tasks.batch_log import BatchReport, log_batch
from tasks.fetch import FailedPage, FetchedPage, fetch_page
from tasks.object_store import ObjectStore
from tasks.page_row import PageRow, PageTimings
from tasks.progress import PageProgress
from tasks.readings import write_batch
from tasks.scans import Scan

PAGES_AHEAD = 16  # decoded pages waiting in memory, per batch: 16 x 4 MB
PAGES_PER_READ = 8


class DaskLostError(ConnectionError):
    """The Dask cluster ended under the run."""


class Recognition:
    """What all batches of a run share: stores, Dask, the reader (one page group at a time)."""

    def __init__(
        self,
        archive: ObjectStore,
        output: ObjectStore,
        reader: PageReader,
        model_digest: str,
        dask: Client,
        progress: PageProgress,
    ) -> None:
        self.archive = archive
        self.output = output
        self.reader = reader
        self.model_digest = model_digest
        self.dask = dask
        self.progress = progress
        self._reading = threading.Lock()

    def fetch(self, scans: Sequence[Scan]) -> Iterator[FetchedPage | FailedPage]:
        """Fetch and decode scans on Dask, a few ahead of the reader, in order of completion."""
        queue = iter(scans)
        submitted = {self._submit(scan): scan for scan in islice(queue, PAGES_AHEAD)}
        running: Any = as_completed(  # type: ignore[no-untyped-call]
            submitted,
            loop=self.dask.loop,  # several runs may share this process
        )
        for future in running:
            yield _page_or_loss(future, submitted.pop(future))
            for scan in islice(queue, 1):
                added = self._submit(scan)
                submitted[added] = scan
                running.add(added)

    def read(self, pages: Sequence[FetchedPage]) -> list[PageRow]:
        """Read fetched pages and note how long each waited for its turn."""
        asked = time.perf_counter()
        with self._reading:
            started = time.perf_counter()
            readings = self.reader.read([page.page.to_page() for page in pages])
            forward = (time.perf_counter() - started) / len(pages)
        wait = started - asked
        return [
            self._read_row(page, reading, wait, forward)
            for page, reading in zip(pages, readings, strict=True)
        ]

    def failed_row(self, page: FailedPage) -> PageRow:
        """Describe a page that could not be read."""
        return PageRow(
            scan=page.scan,
            model_digest=self.model_digest,
            read_at=datetime.now(UTC),
            width=None,
            height=None,
            reading=None,
            error_kind=page.kind,
            error_message=page.message,
            timings=PageTimings(page.fetch_seconds, page.decode_seconds),
            engine=self.reader.engine.name,
        )

    def _submit(self, scan: Scan) -> Any:  # noqa: ANN401 - distributed is untyped
        side = CANDIDATE_SIDES[-1]
        return self.dask.submit(fetch_page, self.archive, scan, max_long_side=side, pure=False)

    def _read_row(
        self, page: FetchedPage, reading: PageReading, wait: float, forward: float
    ) -> PageRow:
        return PageRow(
            scan=page.scan,
            model_digest=self.model_digest,
            read_at=datetime.now(UTC),
            width=page.page.page_width,
            height=page.page.page_height,
            reading=reading,
            error_kind=None,
            error_message=None,
            timings=PageTimings(page.fetch_seconds, page.decode_seconds, wait, forward),
            engine=self.reader.engine.name,
        )


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
    waiting: list[FetchedPage] = []
    for page in recognition.fetch(scans):
        if isinstance(page, FailedPage):
            rows.append(recognition.failed_row(page))
            recognition.progress.count(failed=True)
            continue
        waiting.append(page)
        if len(waiting) == PAGES_PER_READ:
            rows += _read(recognition, waiting)
            waiting = []
    if waiting:
        rows += _read(recognition, waiting)
    started = time.perf_counter()
    write_batch(recognition.output, rows)
    report = BatchReport.of(rows, time.perf_counter() - started)
    log_batch(rows, report)
    return report


def _page_or_loss(future: Any, scan: Scan) -> FetchedPage | FailedPage:  # noqa: ANN401 - distributed is untyped
    try:
        page: FetchedPage | FailedPage = future.result()
    except KilledWorker as error:
        message = f"{error.allowed_failures + 1} Dask workers ended over it; see their logs"
        return FailedPage(scan, "worker-lost", message, 0.0, 0.0)
    except CancelledError as error:
        raise DaskLostError(
            "the connection to the Dask scheduler was lost; see its logs, start it, then run again"
        ) from error
    return page


def _read(recognition: Recognition, pages: list[FetchedPage]) -> list[PageRow]:
    rows = recognition.read(pages)
    for _ in rows:
        recognition.progress.count(failed=False)
    return rows
