"""Dask as it is operated: scheduler and workers, each a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

PATIENCE = 240  # seconds; a busy machine, not a promise


@contextmanager
def dask(program: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--host", "127.0.0.1"]
    with subprocess.Popen([*command, "--no-dashboard", *arguments]) as process:
        yield process
        process.terminate()


def address_in(file: Path, workers: int) -> str:
    """The scheduler's address, once so many workers are there."""
    with Client(scheduler_file=str(file), timeout=PATIENCE) as client:
        client.wait_for_workers(workers, timeout=PATIENCE)
        return str(client.scheduler.address)
