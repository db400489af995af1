"""Pages of like size share a batch: padded, stacked, and computed in bounded memory.

Shapes: B pages, C channels, H W rows and columns.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor

from model.characters import ImageArray
from model.detector import SIZE_MULTIPLE

PIXELS_PER_BATCH = 4_000_000  # bounds the memory of a forward pass
# A processor computes small batches faster: of pages at 960 px four together take 1.5 times as
# long as one by one, eight 1.8 times (benchmarks/batch_size.py).
PIXELS_PER_CPU_BATCH = 1_000_000
OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError)

T = TypeVar("T")
# The positions of a batch's pages in what was asked for, and what was computed of all of them.
ComputedBatch = tuple[list[int], T]


class BatchComputer:
    """Feeds many images to a network in batches that fit into memory.

    While one batch is computed the next is put together. A batch that does not fit is computed in
    halves, and the batches after it are as small: what did not fit once is not tried again.

    Args:
        pixels_per_batch: at most so many in a batch of several images.
    """

    def __init__(self, pixels_per_batch: int = PIXELS_PER_BATCH) -> None:
        self.pixels_per_batch = pixels_per_batch

    def compute(
        self, forward: Callable[[Tensor], T], images: Sequence[ImageArray]
    ) -> Iterator[ComputedBatch[T]]:
        """Yield batches with what was computed of them; every image is in one of them.

        Args:
            forward: computes something of uint8 images, BCHW.
            images: of any sizes, with the channels that the network takes.

        Raises:
            MemoryError, torch.OutOfMemoryError: if an image does not fit alone.
        """
        groups = group_by_shape([image.shape[:2] for image in images], self.pixels_per_batch)
        stacked = deque(self._stack(images, group) for group in groups[:1])
        with ThreadPoolExecutor(1) as pool:  # has no thread before there is a second batch
            for number, group in enumerate(groups, start=1):
                after = groups[number : number + 1]
                ahead = [pool.submit(self._stack, images, following) for following in after]
                yield from self._in_memory(forward, group, stacked.popleft())
                stacked.extend(future.result() for future in ahead)

    def _stack(self, images: Sequence[ImageArray], group: list[int]) -> Tensor:
        height, width = padded_shape([images[i].shape[:2] for i in group])
        batch = np.stack([pad(images[i], height, width) for i in group])
        return torch.from_numpy(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))

    def _in_memory(
        self, forward: Callable[[Tensor], T], group: list[int], batch_BCHW: Tensor
    ) -> Iterator[ComputedBatch[T]]:
        """Compute a batch in pieces of the limit, which may have sunk since it was formed."""
        height, width = batch_BCHW.shape[2:]
        start = 0
        while start < len(group):
            end = start + max(1, self.pixels_per_batch // (height * width))
            computed = self._unless_too_large(forward, batch_BCHW[start:end])
            if computed is None:
                half = len(group[start:end]) // 2
                self.pixels_per_batch = min(self.pixels_per_batch, half * height * width)
            else:
                yield group[start:end], computed
                start = end

    def _unless_too_large(self, forward: Callable[[Tensor], T], batch_BCHW: Tensor) -> T | None:
        try:
            return forward(batch_BCHW)
        except OUT_OF_MEMORY:
            if len(batch_BCHW) == 1:
                raise
        # Outside of the handler: its traceback would keep what the attempt had allocated.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None


def group_by_shape(
    shapes: Sequence[tuple[int, ...]], pixels_per_batch: int = PIXELS_PER_BATCH
) -> list[list[int]]:
    """Group images of like size into batches of bounded area; returns indices.

    Images of one batch differ by less than ``SIZE_MULTIPLE`` in both sides, so that padding them
    to a common shape wastes little.
    """
    groups: dict[tuple[int, int], list[list[int]]] = {}
    for i, (height, width) in enumerate(shapes):
        shape = padded_shape([(height, width)])
        room = max(1, pixels_per_batch // (shape[0] * shape[1]))
        batches = groups.setdefault(shape, [[]])
        if len(batches[-1]) == room:
            batches.append([])
        batches[-1].append(i)
    return [batch for batches in groups.values() for batch in batches]


def padded_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """The smallest (height, width) in multiples of 32 that holds all images."""
    height = max(shape[0] for shape in shapes)
    width = max(shape[1] for shape in shapes)
    return -height % SIZE_MULTIPLE + height, -width % SIZE_MULTIPLE + width


def channels_of(image_HW3: ImageArray, channels: int) -> ImageArray:
    """The channels of an image that a network takes: the red one, or all three."""
    if image_HW3.shape[2] == channels:
        return image_HW3
    return np.asarray(cv2.extractChannel(image_HW3, 0)[..., None])


def pad(image_HWC: ImageArray, height: int, width: int) -> ImageArray:
    """Repeat the last row and column until an image has a size."""
    rows, columns = height - image_HWC.shape[0], width - image_HWC.shape[1]
    padded = cv2.copyMakeBorder(image_HWC, 0, rows, 0, columns, cv2.BORDER_REPLICATE)
    return padded.reshape(height, width, -1)  # type: ignore[return-value]
