"""A process that reads pages keeps their memory, unless its environment says otherwise."""

import os
import platform
import subprocess
import sys

import pytest

# Like the maps of one page after another: each page's memory is free before the next one's.
PAGES = """
import resource
import cv2
from tasks.processor import prepare_processor

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def page():
    maps = [b"x" * (20 << 20) for _ in range(8)]

prepare_processor()
page()
before = faults()
for _ in range(5):
    page()
print(faults() - before, cv2.getNumThreads())
"""
OF_FIVE_PAGES = 5 * 8 * (20 << 20) // 4096  # if all of it came from the system each time


def faults_and_threads(**environment: str) -> list[int]:
    ours = {name: it for name, it in os.environ.items() if "MALLOC" not in name}
    ours.pop("GLIBC_TUNABLES", None)
    command = [sys.executable, "-c", PAGES]
    done = subprocess.run(
        command, env={**ours, **environment}, check=True, capture_output=True, timeout=300
    )
    return [int(number) for number in done.stdout.split()]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another malloc than glibc's")
def test_the_next_page_gets_the_memory_of_the_last() -> None:
    faults, threads = faults_and_threads()
    assert faults < OF_FIVE_PAGES / 10
    assert threads == 1


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another malloc than glibc's")
@pytest.mark.parametrize(
    "setting",
    [
        {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1048576"},
        {"MALLOC_MMAP_THRESHOLD_": "1048576"},
    ],
    ids=["tunables", "variable"],
)
def test_whoever_sets_malloc_keeps_it(setting: dict[str, str]) -> None:
    faults, threads = faults_and_threads(**setting)
    assert faults > OF_FIVE_PAGES / 2
    assert threads == 1
