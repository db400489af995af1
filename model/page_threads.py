"""Pages side by side on a processor: each on threads of its own, so that none waits for another's.

All threads on one page meet after every layer, and one that lost its core to the decoding of a scan
keeps the others waiting.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


class PageThreads:
    """Lanes that each work on one item at a time, whoever asked for it; threads are shared out.

    Several callers take turns in the order in which they asked: the lanes that one no longer needs
    go on with the next one's items.

    Args:
        at_once: at most so many lanes; never more than there are threads.
        threads: that torch computes with, all together.
    """

    def __init__(self, at_once: int, threads: int) -> None:
        lanes = max(1, min(at_once, threads))
        began = Barrier(lanes)

        def begin() -> None:
            torch.set_num_threads(threads // lanes)
            torch.get_num_threads()  # a thread takes its number when it first asks
            began.wait()

        self._lanes = ThreadPoolExecutor(lanes) if lanes > 1 else None
        if self._lanes is not None:
            list(self._lanes.map(lambda _: begin(), range(lanes)))
            torch.set_num_threads(threads)  # threads that begin later take what was set last

    def map(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Do something for each item; a single one has all threads.

        Args:
            work: what is done.
            items: for what.

        Returns:
            The results in the items' order.

        Raises:
            What ``work`` raises; items that have not begun are dropped.
        """
        if self._lanes is None or len(items) == 1:
            return list(map(work, items))
        return list(self._lanes.map(work, items))
