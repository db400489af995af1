"""Makes the shards of a crop set on Dask, ahead of or beside the training that reads them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import resource_tracker
from typing import Any

import cv2
from distributed import Client, LocalCluster, as_completed
from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from tasks.crop_set import CROPS_PER_SHARD, CropSet
from tasks.crop_shards import pack_shard
from tasks.crop_sources import CropSequence
from tasks.object_store import ObjectStore
from tasks.training_progress import SHARDS_BETWEEN_LINES, ShardProgress

SHARDS_AHEAD = 2  # shards under way per worker thread
LOOPBACK = "127.0.0.1:0"  # Dask's status pages: nobody else's business, on any free port


@dataclass(frozen=True, slots=True, eq=False)
class CropMaking:
    """The making of a crop set, as those who wait for it see it.

    Attributes:
        crops: what is made.
        sequence: the crops, by number.
        channels: colour channels that are kept.
        ended: set once no further shard will come, for whatever reason.
    """

    crops: CropSet
    sequence: CropSequence
    channels: int
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def crop_cluster(address: str | None, workers: int) -> Iterator[Client]:
    """Connect to a scheduler, or start worker processes of one thread each on this machine.

    Rendering is Python in good part: threads of the training's own process would slow it down.
    """
    if address is not None:
        with Client(address) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    _start_tracker()
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=LOOPBACK,
            worker_dashboard_address=LOOPBACK,
        ) as cluster,
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        yield client


def _start_tracker() -> None:
    """Start multiprocessing's resource tracker and keep this thread's blocked signals blocked.

    Starting it unblocks SIGINT, and worker processes would inherit that: on Ctrl-C, which a
    terminal sends to them too, they would print tracebacks.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


@task(name="make-crops", cache_policy=NO_CACHE)
def make_crops(making: CropMaking, dask: Client, *, shown: bool = False) -> int:
    """Make the shards that are missing, in order; returns how many were made.

    Args:
        making: what to make.
        dask: where to make it.
        shown: show progress in the terminal too, not only in Prefect.
    """
    logger = get_run_logger()
    total = making.crops.shards
    try:
        with ShardProgress(total, quiet=not shown) as progress:
            missing = making.crops.missing()
            for made, _ in enumerate(make_missing(making, dask, missing), start=1):
                ready = total - len(missing) + made
                progress.show(ready)
                if made % SHARDS_BETWEEN_LINES == 0 or made == len(missing):
                    logger.info("%d of %d shards are ready", ready, total)
        return len(missing)
    finally:
        making.ended.set()


def make_missing(making: CropMaking, dask: Client, missing: list[int]) -> Iterator[int]:
    """Yield the number of each shard when it is written; a few are under way at a time."""
    if not missing:
        return
    [sequence] = dask.scatter([making.sequence], broadcast=True, hash=False)  # type: ignore[no-untyped-call]
    queue = iter(missing)

    def submit(number: int) -> Any:  # noqa: ANN401 - distributed is untyped
        key = making.crops.shard_key(number)
        return dask.submit(
            make_shard, making.crops.store, key, sequence, number, making.channels, pure=False
        )

    threads = sum(dask.nthreads().values())  # type: ignore[no-untyped-call]
    under_way: Any = as_completed(  # type: ignore[no-untyped-call]
        [submit(number) for number in islice(queue, max(1, threads) * SHARDS_AHEAD)]
    )
    for future in under_way:
        yield future.result()
        for number in islice(queue, 1):
            under_way.add(submit(number))


def make_shard(
    store: ObjectStore, key: str, sequence: CropSequence, number: int, channels: int
) -> int:
    """Make one shard and write it whole; runs on a Dask worker.

    Args:
        store: where the set lies.
        key: name of the shard.
        sequence: the crops.
        number: of the shard, from 0.
        channels: colour channels that are kept.

    Returns:
        The number.
    """
    cv2.setNumThreads(1)
    first = number * CROPS_PER_SHARD
    crops = [sequence[i] for i in range(first, first + CROPS_PER_SHARD)]
    store.put(key, pack_shard(crops, channels))
    return number
