"""Pages are read on the Dask workers that carry the resource GPU, here on their processors."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dask_processes import PATIENCE, address_in, dask
from distributed import Client
from small_archive import fill, good_pages

from flows.recognize_archive import recognize_archive
from tasks.object_store import open_store
from tasks.page_row import PageRow
from tasks.readings import list_parts, read_rows

PAGES = good_pages(16)
DAMAGED = {"源氏/damaged.jpg": b"no image"}
BATCH = 4

pytestmark = pytest.mark.timeout(1800)  # five processes start first


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The scheduler's address; beside it a plain worker and one with the resource."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    found = ("--scheduler-file", str(file))
    worker = ("worker", "--nthreads", "1", *found)
    with ExitStack() as stack:
        stack.enter_context(dask("scheduler", "--port", "0", *found))
        stack.enter_context(dask(*worker, "--name", "plain", "--no-nanny"))
        stack.enter_context(dask(*worker, "--name", "gpu", "--resources", "GPU=1"))
        yield address_in(file, workers=2)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("archive"), PAGES | DAMAGED)


def run(archive: Path, output: Path, model: Path, cluster: str | None = None) -> dict[str, Any]:
    summary: dict[str, Any] = recognize_archive(
        str(archive),
        str(output),
        model=str(model),
        batch_size=BATCH,
        engine="torch",
        dask=cluster,
    )
    return summary


def on_workers(cluster: str) -> dict[str, dict[str, Any]]:
    """Of each worker by its name: its process, readers that it opened, groups that found one."""

    def opened_and_used() -> dict[str, int]:
        from tasks.batch_reading import kept_reader

        kept = kept_reader.cache_info()
        return {"pid": os.getpid(), "opened": kept.misses, "again": kept.hits}

    with Client(cluster) as client:
        client.wait_for_workers(2, timeout=PATIENCE)
        workers = client.scheduler_info()["workers"]
        found = client.run(opened_and_used)
    return {str(workers[address]["name"]): it for address, it in found.items()}


def rows_of(output: Path) -> list[PageRow]:
    return sorted(read_rows(open_store(str(output))), key=lambda row: row.scan.key)


def texts(rows: list[PageRow]) -> list[object]:
    """What was read, without the last bits of boxes and scores."""
    return [
        (
            row.scan,
            row.error_kind,
            row.reading and row.reading.codepoints_NK[:, 0].tolist(),
            row.reading and row.reading.boxes_N4.round().tolist(),
            row.engine,
        )
        for row in rows
    ]


def test_pages_are_read_on_the_worker_with_the_resource_by_one_reader(
    archive: Path, cluster: str, tmp_path: Path, small_model: Path
) -> None:
    summary = run(archive, tmp_path / "out", small_model, cluster)
    here = run(archive, tmp_path / "here", small_model)

    workers = on_workers(cluster)
    parts = len(list(list_parts(open_store(str(tmp_path / "out")))))
    assert (summary["gpu_workers"], here["gpu_workers"]) == (1, 0)
    assert workers["gpu"]["opened"] == 1
    assert workers["gpu"]["again"] >= parts - 1  # every part is read in one group or more
    assert (workers["plain"]["opened"], workers["plain"]["again"]) == (0, 0)
    assert texts(rows_of(tmp_path / "out")) == texts(rows_of(tmp_path / "here"))


def test_a_reading_worker_killed_under_way_loses_nothing_and_reads_nothing_twice(
    archive: Path, cluster: str, tmp_path: Path, small_model: Path
) -> None:
    before = on_workers(cluster)["gpu"]["pid"]

    def kill_after_the_first_part() -> None:
        while not list((tmp_path / "out").glob("readings/*/*.parquet")):
            time.sleep(0.01)
        os.kill(before, signal.SIGKILL)

    threading.Thread(target=kill_after_the_first_part, daemon=True).start()

    summary = run(archive, tmp_path / "out", small_model, cluster)

    after = on_workers(cluster)["gpu"]
    keys = Counter(row.scan.key for row in rows_of(tmp_path / "out"))
    assert after["pid"] != before
    assert after["opened"] == 1  # its successor went on
    assert summary["failed"] == {"not-an-image": 1}
    assert keys == Counter(list(PAGES | DAMAGED))
