"""Prepares a process to read many pages side by side on a processor."""

import ctypes
import os
from functools import cache

import cv2

# Parameters of glibc's malloc, by the numbers of its malloc.h, with bytes.
_MEMORY_IS_KEPT = {
    -3: 32 << 20,  # M_MMAP_THRESHOLD: whatever is smaller comes from a heap; glibc allows no more
    -2: 64 << 20,  # M_TOP_PAD: by so much more than it needs a heap grows
    -1: 1 << 30,  # M_TRIM_THRESHOLD: with less than that free at its end it does not shrink
}


@cache  # once a process
def prepare_processor() -> None:
    """Let OpenCV compute each image with one thread, and keep memory for the next page.

    Where every core is busy, threads of one image wait for each other. And what a network's maps
    took, page for page, would go back to the system and come again, cleared (docs/decisions/0007).
    Whoever sets malloc's parameters in the environment keeps them.
    """
    cv2.setNumThreads(1)
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if "glibc.malloc" not in tunables and not any(it.startswith("MALLOC_") for it in os.environ):
        _keep_memory()


def _keep_memory() -> None:
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # another C library than glibc
        return
    for parameter, value in _MEMORY_IS_KEPT.items():
        mallopt(parameter, value)
