"""Pages side by side on a processor: each on threads of its own, so that none waits for another's.

All threads on one page meet after every layer, and one that lost its core to the decoding of a scan
keeps the others waiting.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], items: Sequence[T], at_once: int, threads: int) -> list[R]:
    """Do something for each item, several at a time, threads shared out among them.

    Args:
        work: what is done.
        items: for what.
        at_once: at most so many at a time; never more than there are threads.
        threads: that torch computes with, all together. A thread that began while others were
            at work could not tell: torch gives it the number that was set last.

    Returns:
        The results in the items' order.
    """
    lanes = min(at_once, threads, len(items))
    if lanes <= 1:
        return list(map(work, items))

    def share() -> None:
        torch.set_num_threads(threads // lanes)
        torch.get_num_threads()  # a thread takes its number when it first asks

    try:
        with ThreadPoolExecutor(lanes, initializer=share) as pool:
            return list(pool.map(work, items))
    finally:
        torch.set_num_threads(threads)  # threads that begin later take what was set last
