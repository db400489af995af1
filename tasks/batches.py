"""The batches of a run: all of them end before what they share is closed."""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import wait
from typing import cast

from prefect.futures import PrefectConcurrentFuture

from tasks.batch_log import BatchReport
from tasks.recognition import Recognition, recognize_batch
from tasks.scans import Scan

BATCHES_AHEAD = 8  # submitted and not finished; a task holds its batch's scans


def recognize_batches(
    recognition: Recognition, batches: Iterable[Sequence[Scan]]
) -> list[BatchReport]:
    """Submit a task for each batch, a few ahead, and wait for their reports, in order.

    When one fails, those that have not begun are dropped and those under way are waited for: a
    batch whose Dask client is closed meanwhile could wait for its pages for ever, and Prefect for
    it.
    """
    futures: deque[PrefectConcurrentFuture[BatchReport]] = deque()
    reports: list[BatchReport] = []
    try:
        for number, scans in enumerate(batches, start=1):
            if len(futures) == BATCHES_AHEAD:
                reports.append(futures[0].result())
                futures.popleft()
            future = recognize_batch.submit(recognition, scans, number)
            futures.append(cast("PrefectConcurrentFuture[BatchReport]", future))
        while futures:
            reports.append(futures[0].result())
            futures.popleft()
    finally:
        wait([it.wrapped_future for it in futures if not it.wrapped_future.cancel()])
    return reports
