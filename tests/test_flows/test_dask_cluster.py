"""A run on a Dask cluster of separate processes, whose workers are killed under it."""

import os
import signal
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from aws_environment import lead_to
from dask import config as dask_settings
from dask_processes import address_in, dask
from faulty_proxy import Exchange, FaultyProxy, faulty_proxy, passed_on
from small_archive import good_pages

from flows.recognize_archive import recognize_archive
from tasks.object_store import open_store
from tasks.page_future import DaskLostError
from tasks.readings import latest_rows, read_rows

BOUND = 240  # seconds, against a test that hangs
PAGES = good_pages(16)
ALLOWED_FAILURES = 1  # workers that may die under a page before it is given up, beyond the first

pytestmark = pytest.mark.timeout(900)  # five processes start first


@dataclass
class Cluster:
    """A scheduler, its workers, and the proxy through which they see the archive."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    proxy: FaultyProxy

    def asking(self, exchange: Exchange) -> psutil.Process | None:
        """The worker process at the other end of a request."""
        port = exchange.client_address[1]
        for worker in self.workers:
            if worker.poll() is None:
                process = psutil.Process(worker.pid)
                for member in (process, *process.children(recursive=True)):
                    if any(it.laddr.port == port for it in member.net_connections("tcp")):
                        return member
        return None


@pytest.fixture(scope="module")
def cluster(moto_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    found = ("--scheduler-file", str(file))
    with ExitStack() as stack:
        proxy = stack.enter_context(faulty_proxy(moto_server))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        lead_to(patch, proxy.url, "test-user", "test-secret")
        patch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", str(ALLOWED_FAILURES))
        scheduler = stack.enter_context(dask("scheduler", "--port", "0", *found))
        workers = [
            stack.enter_context(dask("worker", "--nthreads", "1", nanny, *found))
            for nanny in ("--no-nanny", "--nanny")  # the second is started again when it is killed
        ]
        yield Cluster(address_in(file, workers=2), scheduler, workers, proxy)


@pytest.fixture
def archive(cluster: Cluster) -> str:
    """The location of a bucket of pages."""
    cluster.proxy.heal()
    bucket = f"archive-{uuid.uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    store = open_store(f"s3://{bucket}/scans")
    for key, data in PAGES.items():
        store.put(key, data)
    return store.location


def run(archive: str, output: Path, model: Path, cluster: Cluster) -> dict[str, Any]:
    summary: dict[str, Any] = recognize_archive(
        archive,
        str(output),
        model=str(model),
        batch_size=4,
        max_failure_rate=1,
        dask=cluster.address,
    )
    return summary


def test_a_worker_killed_while_it_fetches_loses_no_page(
    archive: str, cluster: Cluster, tmp_path: Path, small_model: Path
) -> None:
    victim = psutil.Process(cluster.workers[0].pid)

    def killed(exchange: Exchange) -> None:
        if cluster.asking(exchange) == victim:
            os.kill(victim.pid, signal.SIGKILL)
        else:
            passed_on(exchange)

    cluster.proxy.break_("GET", ".jpg", killed)

    summary = run(archive, tmp_path / "out", small_model, cluster)

    rows = list(read_rows(open_store(str(tmp_path / "out"))))
    assert cluster.workers[0].wait(BOUND) == -signal.SIGKILL
    assert (summary["pages"], summary["failed"]) == (len(PAGES), {})
    assert Counter(row.scan.key for row in rows) == Counter(list(PAGES))


def test_a_page_that_kills_its_workers_is_a_row_and_read_by_the_next_run(
    archive: str, cluster: Cluster, tmp_path: Path, small_model: Path
) -> None:
    deadly = min(PAGES)
    deaths = []

    def killed(exchange: Exchange) -> None:
        worker = cluster.asking(exchange)
        if worker is not None:
            deaths.append(worker.pid)
            worker.kill()

    cluster.proxy.break_("GET", deadly, killed)

    broken = run(archive, tmp_path / "out", small_model, cluster)
    rows = {row.scan.key: row for row in latest_rows(open_store(str(tmp_path / "out")))}
    cluster.proxy.heal()
    healed = run(archive, tmp_path / "out", small_model, cluster)

    final = list(latest_rows(open_store(str(tmp_path / "out"))))
    assert len(deaths) == ALLOWED_FAILURES + 1
    assert rows[deadly].error_kind == "worker-lost"
    assert rows[deadly].error_message == "2 Dask workers ended over it; see their logs"
    assert set(rows) == set(PAGES)
    # Pages that waited on the same worker can be given up with it.
    assert broken["failed"] == {"worker-lost": healed["pages"]}
    assert [row.scan.key for row in final] == sorted(PAGES)
    assert {row.status for row in final} == {"read"}


def test_a_run_whose_scheduler_ends_fails_and_the_next_completes_it(
    archive: str, cluster: Cluster, tmp_path: Path, small_model: Path
) -> None:
    def scheduler_killed(exchange: Exchange) -> None:
        cluster.scheduler.kill()
        passed_on(exchange)

    cluster.proxy.break_("GET", sorted(PAGES)[8], scheduler_killed)

    with (
        dask_settings.set({"distributed.comm.timeouts.connect": "10s"}),  # gives up after that
        pytest.raises(DaskLostError, match="run again"),
    ):
        run(archive, tmp_path / "out", small_model, cluster)
    before = len(list(read_rows(open_store(str(tmp_path / "out")))))
    cluster.proxy.heal()
    summary = recognize_archive(archive, str(tmp_path / "out"), model=str(small_model))

    rows = list(latest_rows(open_store(str(tmp_path / "out"))))
    assert summary["done_before"] == before
    assert [row.scan.key for row in rows] == sorted(PAGES)
