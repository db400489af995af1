"""Streams training crops from shards: shuffled, decoded ahead, and never in the trainer's way.

The crop at each position of the stream depends on (seed, position) alone, so a resumed run reads on
where it stopped without any saved state.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from queue import Full, Queue
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
import pyarrow as pa
import torch

from model.batch import Batch
from model.character_set import CharacterSet
from model.characters import LabelledImage
from tasks.crop_set import CROPS_PER_SHARD, CropSet
from tasks.crop_shards import crop_of, unpack_shard
from tasks.object_store import ObjectNotFoundError

WINDOW = 4  # shards whose crops are mixed with each other: 512 crops, 25 MB
STEPS_AHEAD = 4
DECODERS = 2  # threads; one JPEG of 512 px takes about 2 ms
POLL_SECONDS = 0.2
T = TypeVar("T")


class MissingCropsError(FileNotFoundError):
    """A shard is missing and nobody is making it."""


class CropTables:
    """The shards of a set, each waited for while it is being made.

    Args:
        crops: the set.
        ended: set once no further shard will come; without one, what is missing stays missing.
    """

    def __init__(self, crops: CropSet, ended: threading.Event | None = None) -> None:
        self.crops = crops
        self.ended = ended
        self.closed = threading.Event()

    def table(self, number: int) -> pa.Table:
        """Read a shard.

        Raises:
            MissingCropsError: if it is not there and will not come.
            ShardFormatError: if its bytes are damaged.
        """
        key = self.crops.shard_key(number)
        while True:
            last_try = self.ended is None or self.ended.is_set() or self.closed.is_set()
            try:
                return unpack_shard(self.crops.store.get(key))
            except ObjectNotFoundError as error:
                if last_try:
                    raise MissingCropsError(
                        f"{key} is missing in {self.crops.store.location}; make the crops first: "
                        "kuzushiji train with the same options and --only crops"
                    ) from error
            time.sleep(POLL_SECONDS)


def shuffled_numbers(shards: int, seed: int, first: int = 0) -> Iterator[int]:
    """Yield crop numbers epoch after epoch, without end.

    The first epoch takes the shards as they come, later ones in an order of their own; in each,
    the crops of ``WINDOW`` neighbouring shards are mixed.

    Args:
        shards: of the set.
        seed: equal seeds give equal orders.
        first: position at which to begin.
    """
    epoch, skipped = divmod(first, shards * CROPS_PER_SHARD)
    while True:
        order = np.arange(shards)
        if epoch:
            np.random.default_rng([seed, epoch]).shuffle(order)
        for start in range(0, shards, WINDOW):
            window = order[start : start + WINDOW]
            if skipped >= len(window) * CROPS_PER_SHARD:
                skipped -= len(window) * CROPS_PER_SHARD
                continue
            numbers = (window[:, None] * CROPS_PER_SHARD + np.arange(CROPS_PER_SHARD)).ravel()
            np.random.default_rng([seed, epoch, start]).shuffle(numbers)
            yield from numbers[skipped:].tolist()
            skipped = 0
        epoch += 1


def collate(crops: Sequence[LabelledImage], characters: CharacterSet, channels: int) -> Batch:
    """Stack crops as tensors; code points that the class list lacks get their special classes.

    Args:
        crops: of one size.
        characters: the classes.
        channels: 1 takes the red channel, 3 takes all.
    """
    images = np.stack([crop.image_HW3[..., :channels] for crop in crops])
    labels = [crop.labels for crop in crops]
    codepoints_N = np.concatenate([label.codepoints_N for label in labels])
    classes_N = np.where(codepoints_N < 0, codepoints_N, characters.classes_of(codepoints_N))
    counts = torch.tensor([len(label) for label in labels])
    return Batch(
        image_BCHW=torch.from_numpy(images).permute(0, 3, 1, 2),
        boxes_N4=torch.from_numpy(np.concatenate([label.boxes_N4 for label in labels])),
        classes_N=torch.from_numpy(classes_N.astype(np.int64)),
        pages_N=torch.repeat_interleave(torch.arange(len(crops)), counts),
    )


def groups(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut a stream into lists of one size; the last may be shorter."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


class CropStream:
    """Hands out the batches of each step, prepared ahead by threads; a context manager.

    Args:
        tables: the shards.
        to_batch: makes a batch of the crops of one pass.
        seed: of the order.
        step: the first step to hand out.
        passes: which of a step's passes are this process's.
        passes_per_step: passes of one step, over all processes.
        crops_per_pass: crops of one pass.
        pinned: put batches into page-locked memory, for a GPU.
    """

    def __init__(
        self,
        tables: CropTables,
        to_batch: Callable[[Sequence[LabelledImage]], Batch],
        *,
        seed: int,
        step: int,
        passes: range,
        passes_per_step: int,
        crops_per_pass: int,
        pinned: bool = False,
    ) -> None:
        self.waited = 0.0
        self._tables = tables
        self._to_batch = to_batch
        self._passes = passes
        self._crops_per_pass = crops_per_pass
        self._pinned = pinned
        self._table = lru_cache(maxsize=2 * WINDOW)(tables.table)
        crops_per_step = passes_per_step * crops_per_pass
        numbers = shuffled_numbers(tables.crops.shards, seed, step * crops_per_step)
        self._steps = groups(numbers, crops_per_step)
        self._queue: Queue[list[Batch] | Exception] = Queue(STEPS_AHEAD)
        self._thread = threading.Thread(target=self._prepare, name="crop-stream", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tables.closed.set()
        self._thread.join()

    def take(self) -> list[Batch]:
        """Return the next step's batches; what this call waited adds to ``waited`` seconds.

        Raises:
            MissingCropsError, ShardFormatError, StoreError: whatever reading met.
        """
        started = time.perf_counter()
        item = self._queue.get()
        self.waited += time.perf_counter() - started
        if isinstance(item, Exception):
            raise item
        return item

    def _prepare(self) -> None:
        try:
            with ThreadPoolExecutor(DECODERS) as decoders:
                for numbers in self._steps:
                    if not self._put(self._batches(numbers, decoders)):
                        return
        except Exception as error:  # noqa: BLE001 - handed to the thread that trains
            self._put(error)

    def _batches(self, numbers: list[int], decoders: ThreadPoolExecutor) -> list[Batch]:
        first = self._passes.start * self._crops_per_pass
        own = islice(numbers, first, self._passes.stop * self._crops_per_pass)
        crops = decoders.map(self._crop, own)
        batches = [self._to_batch(group) for group in groups(crops, self._crops_per_pass)]
        return [batch.pin_memory() for batch in batches] if self._pinned else batches

    def _crop(self, number: int) -> LabelledImage:
        shard, row = divmod(number, CROPS_PER_SHARD)
        return crop_of(self._table(shard), row)

    def _put(self, item: list[Batch] | Exception) -> bool:
        """Queue an item; false once nobody takes any more."""
        while not self._tables.closed.is_set():
            try:
                self._queue.put(item, timeout=POLL_SECONDS)
            except Full:
                continue
            return True
        return False
