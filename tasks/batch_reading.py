"""Where the pages of a run are read: in this process, or on the Dask workers that have a GPU.

Workers say so by the Dask resource ``GPU``: ``dask worker --resources GPU=1``. Pages then go from
the worker that fetched them to the one that reads them, and only rows come back here.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from dask import config as dask_settings
from distributed import Client, KilledWorker
from prefect import get_run_logger

from tasks.fetch import FailedPage, FetchedPage
from tasks.page_future import PageFuture, lost_page, result_of
from tasks.page_row import PageRow
from tasks.row_reader import ReaderRecipe, RowReader, failed_row
from tasks.scans import Scan

GPU = "GPU"
_READ_FIRST = 1  # priority over fetching, on a worker that does both
_ANY_MODEL = "1TB"  # Dask warns of more than 10 MB at once, which a model has


class Reading(Protocol):
    """What reads the batches of a run.

    Attributes:
        gpu_workers: on how many Dask workers; 0 in this process.
    """

    gpu_workers: int

    def read(self, groups: Iterable[list[PageFuture]]) -> Iterator[list[PageRow]]:
        """Read pages group by group, in their order; several threads may do so.

        The groups are emptied: who brings them should keep no page either.

        Raises:
            DaskLostError: if the cluster ended.
        """


class ReadingHere:
    """Reads in this process."""

    def __init__(self, reader: RowReader) -> None:
        self.gpu_workers = 0
        self._reader = reader

    def read(self, groups: Iterable[list[PageFuture]]) -> Iterator[list[PageRow]]:
        """See `Reading`."""
        for group in groups:
            yield self._rows(group)

    def _rows(self, group: list[PageFuture]) -> list[PageRow]:
        pages = [page.result() for page in group]
        group.clear()  # the next is fetched before this name ends
        return self._reader.rows(pages, time.time())


class ReadingOnGpuWorkers:
    """Reads on Dask workers, as many groups ahead as there are workers.

    The model travels as the result of a task: should its worker end, Dask has it made again.

    Args:
        dask: the cluster.
        recipe: of the reader that each worker opens once.
        workers: how many there are.
    """

    def __init__(self, dask: Client, recipe: ReaderRecipe, workers: int) -> None:
        self.gpu_workers = workers
        self._dask = dask
        self._digest = recipe.digest
        with dask_settings.set({"distributed.admin.large-graph-warning-threshold": _ANY_MODEL}):
            self._recipe = self._submit(_itself, recipe)

    def read(self, groups: Iterable[list[PageFuture]]) -> Iterator[list[PageRow]]:
        """See `Reading`."""
        under_way: deque[tuple[list[Scan], Any]] = deque()
        for group in groups:
            under_way.append(self._start(group))
            if len(under_way) > self.gpu_workers:
                yield self._rows(*under_way.popleft())
        while under_way:
            yield self._rows(*under_way.popleft())

    def _start(self, group: list[PageFuture]) -> tuple[list[Scan], Any]:
        scans = [page.scan for page in group]
        pages = [page.where_it_is() for page in group]
        group.clear()  # Dask keeps what is still to be read
        return scans, self._submit(read_on_worker, self._recipe, pages, time.time())

    def _submit(self, function: Any, *arguments: object) -> Any:  # noqa: ANN401 - distributed is untyped
        return self._dask.submit(
            function, *arguments, resources={GPU: 1}, priority=_READ_FIRST, pure=False
        )

    def _rows(self, scans: list[Scan], future: Any) -> list[PageRow]:  # noqa: ANN401 - distributed is untyped
        try:
            rows: list[PageRow] = result_of(future)
        except KilledWorker as error:
            return [failed_row(lost_page(scan, error), self._digest) for scan in scans]
        return rows


def open_reading(dask: Client, recipe: ReaderRecipe) -> Reading:
    """Choose where to read: on the workers that carry the resource ``GPU`` now, else here.

    Raises:
        As `RowReader`, if it is opened here.
    """
    workers = dask.scheduler_info(n_workers=-1)["workers"].values()
    gpus = sum(GPU in worker["resources"] for worker in workers)
    if not gpus:
        return ReadingHere(RowReader(recipe))
    get_run_logger().info("reading on %d Dask workers with the resource %s", gpus, GPU)
    # A worker's reader outlives the run and serves the next: this one's size does not choose it.
    return ReadingOnGpuWorkers(dask, replace(recipe, pages=0), gpus)


kept_reader = lru_cache(maxsize=1)(RowReader)  # of this process
_opening = threading.Lock()


def read_on_worker(
    recipe: ReaderRecipe, pages: Sequence[FetchedPage | FailedPage], asked: float
) -> list[PageRow]:
    """Read a group of pages with the reader that this worker has kept, or opens now."""
    with _opening:
        reader = kept_reader(recipe)
    return reader.rows(pages, asked)


def _itself(recipe: ReaderRecipe) -> ReaderRecipe:
    return recipe
