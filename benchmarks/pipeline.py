"""How well fetching, decoding and writing hide behind the forward pass.

python benchmarks/pipeline.py [--pages 512] [--seconds 40] [--late 0.1]

End to end: pages/s of the flow ``recognize-archive`` from bucket to bucket (moto's S3 server in
another process, which has answered for each scan before and keeps its answers: `slow_s3.py`), from
the first page asked for until the last part is written. Bare: pages/s of the same reader on as many
of the same pages, decoded before, all asked for at once. The two take turns (`turns.py`), for
machines that are shared change their speed. Both also with ``--late`` seconds added to every
request for an object. "GPU": the reader is a sleep that leaves the cores alone, over so many pages
that it sleeps ``--seconds``. The S3 server and Prefect's share the machine with the flow: what they
take of the processor is told.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any
from unittest.mock import patch

import psutil
from measuring import page_of, rendered_scans, save
from turns import Gate, by_turns

from flows.commands.terminal import prefer_quiet_prefect
from model.characters import PageReading
from model.page import Page
from model.reader import PageReader
from tasks.progress import PageProgress

GPU_SECONDS_A_PAGE = 0.05  # as on a GPU that reads 20 pages a second
PAGE_HEIGHT = 3000  # pixels, as scans have
DIFFERENT = 8  # pages; the archive repeats them under other keys
AT_ONCE = 8  # scans on their way into the bucket


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=512)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--late", type=float, default=0.1)
    arguments = parser.parse_args()
    prefer_quiet_prefect()
    scans = [data for data, _ in rendered_scans(DIFFERENT, (75.0, 115.0), PAGE_HEIGHT)]
    runs = []
    for sleep, late in product((None, GPU_SECONDS_A_PAGE), (0.0, arguments.late)):
        pages = round(arguments.seconds / sleep) if sleep else arguments.pages
        flow = partial(run, scans, pages, late, sleep)
        if sleep is None:
            measured, alone = by_turns([flow, partial(read_bare, scans, pages)])
        else:
            [measured], alone = by_turns([flow]), 1 / sleep
        row = {"sleep": sleep, "late": late, "pages": pages, **measured, "alone": alone}
        row["ratio"] = row["pages_per_second"] / alone
        print(row)
        runs.append(row)
    by_network = network_share(scans)
    for row in runs:
        split_forward(row["seconds_a_page"], 1.0 if row["sleep"] else by_network)
    save("pipeline", {"runs": runs})


def read_bare(scans: Sequence[bytes], pages: int, gate: Gate) -> float:
    """Read decoded pages in memory; returns pages/s."""
    reader, decoded = open_bare(scans)
    reader.read(decoded)
    gate.wait()
    start = time.perf_counter()
    reader.read([decoded[i % len(decoded)] for i in range(pages)])
    return pages / (time.perf_counter() - start)


def open_bare(scans: Sequence[bytes]) -> tuple[PageReader, list[Page]]:
    """The reader that the flow uses, and the pages as the flow decodes them."""
    from tasks.engines import TORCH, open_engine
    from tasks.models import BUILTIN, load_model, with_context

    model = with_context(load_model(), BUILTIN)
    reader = PageReader(model.artifact, open_engine(TORCH, model, "cpu"), model.context)
    channels = model.artifact.detector.configuration.input_channels
    return reader, [page_of(data, channels) for data in scans]


def network_share(scans: Sequence[bytes]) -> float:
    """Share of reading that is the network's; the rest finds peaks, names, orders, re-ranks."""
    reader, decoded = open_bare(scans)
    reader.read(decoded)
    seconds = 0.0

    def timed(method: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - any of three
        nonlocal seconds
        start = time.perf_counter()
        result = method(*arguments)
        seconds += time.perf_counter() - start
        return result

    with ExitStack() as stack:
        for name in ("maps", "features", "classify"):
            method = getattr(reader.engine, name)
            stack.enter_context(patch.object(reader.engine, name, partial(timed, method)))
        start = time.perf_counter()
        for page in decoded:  # one by one: lanes would be timed while they wait for a core
            reader.read([page])
        return seconds / (time.perf_counter() - start)


def split_forward(seconds: dict[str, float], by_network: float) -> None:
    """Tell the network's share of a page's reading from what decodes its maps."""
    read = seconds["forward"]
    seconds |= {"forward": read * by_network, "decode peaks": read * (1 - by_network)}


def run(
    scans: Sequence[bytes], pages: int, late: float, sleep: float | None, gate: Gate
) -> dict[str, Any]:
    """Recognize an archive in a bucket; returns pages/s and where a page's seconds went."""
    with s3_server(late) as (endpoint, server):
        fill(endpoint, scans, pages)
        with patch_forward(sleep), patch_start(gate, server) as before:
            from flows.recognize_archive import recognize_archive
            from tasks.engines import TORCH

            recognize_archive("s3://scans", "s3://readings", engine=TORCH)
            after = processor_seconds(server)
        taken = {name: (after[name] - before[name]) / pages for name in after}
        return {**results(), "processor_seconds_a_page": taken}


def processor_seconds(server: int) -> dict[str, float]:
    """What this process, Prefect's server and the S3 server computed so far."""
    this = psutil.Process()
    seconds = {it.pid: sum(it.cpu_times()[:2]) for it in (this, *this.children(recursive=True))}
    own, s3 = seconds.pop(this.pid), seconds.pop(server)
    return {"flow": own, "s3": s3, "prefect": sum(seconds.values())}


@contextmanager
def patch_start(gate: Gate, server: int) -> Iterator[dict[str, float]]:
    """Let the flow wait at the gate before its first page; fills in what was computed till then."""
    before: dict[str, float] = {}

    def start(*arguments: Any, **options: Any) -> PageProgress:  # noqa: ANN401 - as they are
        gate.wait()
        before.update(processor_seconds(server))
        return PageProgress(*arguments, **options)

    with patch("tasks.recognition_run.PageProgress", start):
        yield before


def results() -> dict[str, Any]:
    """Read the summary and the timings back from the bucket."""
    from tasks.object_store import open_store
    from tasks.readings import latest_rows

    store = open_store("s3://readings")
    [record] = [json.loads(store.get(info.key)) for info in store.list("runs/")]
    summary = record["summary"]
    rows = list(latest_rows(store))
    parts = ("fetch", "decode", "wait", "forward")
    means = {name: sum(getattr(row.timings, name) for row in rows) / len(rows) for name in parts}
    means["write"] = sum(batch["seconds"]["write"] for batch in record["batches"]) / len(rows)
    return {"pages_per_second": summary["pages"] / summary["seconds"], "seconds_a_page": means}


@contextmanager
def patch_forward(sleep: float | None) -> Iterator[None]:
    """Let a sleep of so many seconds a page play a GPU if asked for."""
    one_gpu = Lock()

    def asleep(_: PageReader, pages: Sequence[object]) -> list[PageReading]:
        with one_gpu:
            time.sleep((sleep or 0.0) * len(pages))
        return [PageReading.empty() for _ in pages]

    if sleep is None:
        yield
        return
    with patch.object(PageReader, "read", asleep):
        yield


@contextmanager
def s3_server(late: float) -> Iterator[tuple[str, int]]:
    """Start a server in another process and point the AWS environment to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = str(Path(__file__).with_name("slow_s3.py"))
    command = [sys.executable, script, str(port), str(late)]
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own script
    try:
        with patch.dict(os.environ, environment):
            wait_for(port)
            yield endpoint, server.pid
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"no S3 server came up on port {port} within 60 s")


def fill(endpoint: str, scans: Sequence[bytes], pages: int) -> None:
    """Make the buckets and put the archive into one; the server has answered for it then."""
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint)
    for bucket in ("scans", "readings"):
        client.create_bucket(Bucket=bucket)

    def put(number: int) -> None:
        scan = {"Bucket": "scans", "Key": f"book/{number:05d}.jpg"}
        client.put_object(**scan, Body=scans[number % len(scans)])
        client.get_object(**scan)["Body"].read()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(put, range(pages)))


if __name__ == "__main__":
    main()
