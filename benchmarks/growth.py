"""How time and memory grow while a long run goes on: they should not.

python benchmarks/growth.py [--pages 100 1000 10000]

One run over an archive of tiny pages (64 x 64 pixels) in a folder, fetched and decoded by two Dask
worker processes; each page is read as the same 200 characters, which takes no time. At each count
of pages: seconds a page since the count before, the most resident memory so far of the flow's
process and of the larger worker, and both as a ratio to those at the second count, when everything
is loaded.
"""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import perf_counter
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
from measuring import save

from flows.commands.terminal import prefer_quiet_prefect

WORKERS = 2
SIDE = 64  # pixels of a page
CHARACTERS = 200  # that each page is said to have
LOADED = 1  # the count at which everything has been loaded


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[100, 1000, 10_000])
    counts = parser.parse_args().pages
    prefer_quiet_prefect()
    with TemporaryDirectory() as folder:
        write_pages(Path(folder, "archive"), max(counts))
        rows = measured(Path(folder), counts)
    loaded = rows[min(LOADED, len(rows) - 1)]
    for row in rows:
        for name in ("flow", "workers"):
            row[f"{name}, ratio"] = row[f"{name} MiB"] / loaded[f"{name} MiB"]
    save("growth", {"rows": rows})


def measured(folder: Path, counts: list[int]) -> list[dict[str, float]]:
    """Read the archive and look at the clock and at memory whenever so many pages are done."""
    from distributed import Client, LocalCluster

    from model.characters import PageReading
    from model.reader import ALTERNATIVES, PageReader
    from tasks.progress import PageProgress

    shape = (CHARACTERS, ALTERNATIVES)
    reading = PageReading(
        boxes_N4=np.ones((CHARACTERS, 4), np.float32),
        scores_N=np.full(CHARACTERS, 0.5, np.float32),
        codepoints_NK=np.full(shape, ord("の"), np.int32),
        probabilities_NK=np.full(shape, 0.2, np.float32),
    )
    rows: list[dict[str, float]] = []
    count, one_at_a_time = PageProgress.count, Lock()

    def counted(progress: PageProgress, *, failed: bool) -> None:
        with one_at_a_time:
            count(progress, failed=failed)
            if progress.done in counts:
                rows.append(look(progress.done, perf_counter()))
                print(rows[-1], flush=True)

    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        patch.object(PageProgress, "count", counted),
        patch.object(PageReader, "read", lambda _, pages: [reading] * len(pages)),
    ):
        look = looking(list(client.run(os.getpid).values()))
        recognize(folder, cluster.scheduler_address)
    return rows


def looking(workers: list[int]) -> Callable[[int, float], dict[str, float]]:
    """Return what describes a run after so many pages; ``workers`` are processes."""
    before, pages_before = perf_counter(), 0

    def look(pages: int, now: float) -> dict[str, float]:
        nonlocal before, pages_before
        seconds = (now - before) / (pages - pages_before)
        before, pages_before = now, pages
        return {
            "pages": pages,
            "seconds a page": seconds,
            "flow MiB": peak_mib(os.getpid()),
            "workers MiB": max(map(peak_mib, workers)),
        }

    return look


def recognize(folder: Path, dask: str) -> None:
    """Read the archive; every page has to be read."""
    from flows.recognize_archive import recognize_archive

    summary: dict[str, Any] = recognize_archive(
        str(folder / "archive"),
        str(folder / "out"),
        engine="torch",
        dask=dask,
        show_progress=False,
    )
    if summary["failed"]:
        raise RuntimeError(f"pages could not be read: {summary['failed']}")


def peak_mib(process: int) -> float:
    """Most memory that a process ever held, in MiB; Linux tells it in KiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def write_pages(folder: Path, count: int) -> None:
    """Write different pages."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8)
        (folder / f"{number:06d}.jpg").write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())


if __name__ == "__main__":
    main()
