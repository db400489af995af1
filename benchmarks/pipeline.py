"""How well fetching, decoding and writing hide behind the forward pass.

python benchmarks/pipeline.py [--pages 320] [--seconds 40] [--late 0.1]

End to end: pages/s of the flow ``recognize-archive`` from bucket to bucket (moto's S3 server in
another process), from the first page asked for until the last part is written. Bare: pages/s of the
same reader on the same pages, decoded before, all asked for at once; the mean of right before and
right after, for machines that are shared change their speed. Both also with ``--late`` seconds
added to every request for an object. "GPU": the reader is a sleep that leaves the cores alone, over
so many pages that it sleeps ``--seconds``. The server shares the machine: what it and the others
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
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean
from threading import Lock
from time import perf_counter
from typing import Any
from unittest.mock import patch

import psutil
from measuring import page_of, rendered_scans, save

from flows.commands.terminal import prefer_quiet_prefect
from model.characters import PageReading
from model.page import Page
from model.reader import PageReader

GPU_SECONDS_A_PAGE = 0.05  # as on a GPU that reads 20 pages a second
PAGE_HEIGHT = 3000  # pixels, as scans have
DIFFERENT = 8  # pages; the archive repeats them under other keys
BARE_SECONDS = 20.0


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=320)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--late", type=float, default=0.1)
    arguments = parser.parse_args()
    prefer_quiet_prefect()
    scans = [data for data, _ in rendered_scans(DIFFERENT, (75.0, 115.0), PAGE_HEIGHT)]
    bare = [bare_pages_per_second(scans)]
    runs = []
    for sleep, late in product((None, GPU_SECONDS_A_PAGE), (0.0, arguments.late)):
        pages = round(arguments.seconds / sleep) if sleep else arguments.pages
        row = {"sleep": sleep, "late": late, "pages": pages, **run(scans, pages, late, sleep)}
        if sleep is None:
            bare.append(bare_pages_per_second(scans))
        row["alone"] = 1 / sleep if sleep else mean(bare[-2:])
        row["ratio"] = row["pages_per_second"] / row["alone"]
        print(row)
        runs.append(row)
    by_network = network_share(scans)
    for row in runs:
        split_forward(row["seconds_a_page"], 1.0 if row["sleep"] else by_network)
    save("pipeline", {"bare_pages_per_second": bare, "runs": runs})


def bare_pages_per_second(scans: Sequence[bytes]) -> float:
    """Read decoded pages in memory; nothing else runs."""
    reader, decoded = open_bare(scans)
    reader.read(decoded)
    start = perf_counter()
    reader.read(decoded)
    pages = round(BARE_SECONDS * len(decoded) / (perf_counter() - start))
    start = perf_counter()
    reader.read([decoded[i % len(decoded)] for i in range(pages)])
    return pages / (perf_counter() - start)


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
        start = perf_counter()
        result = method(*arguments)
        seconds += perf_counter() - start
        return result

    with ExitStack() as stack:
        for name in ("maps", "features", "classify"):
            method = getattr(reader.engine, name)
            stack.enter_context(patch.object(reader.engine, name, partial(timed, method)))
        start = perf_counter()
        for page in decoded:  # one by one: lanes would be timed while they wait for a core
            reader.read([page])
        return seconds / (perf_counter() - start)


def split_forward(seconds: dict[str, float], by_network: float) -> None:
    """Tell the network's share of a page's reading from what decodes its maps."""
    read = seconds["forward"]
    seconds |= {"forward": read * by_network, "decode peaks": read * (1 - by_network)}


def run(scans: Sequence[bytes], pages: int, late: float, sleep: float | None) -> dict[str, Any]:
    """Recognize an archive in a bucket; returns pages/s and where a page's seconds went."""
    with s3_server(late) as (endpoint, server):
        fill(endpoint, scans, pages)
        with patch_forward(sleep):
            from flows.recognize_archive import recognize_archive
            from tasks.engines import TORCH

            before = processor_seconds(server)
            recognize_archive("s3://scans", "s3://readings", batch_size=32, engine=TORCH)
            after = processor_seconds(server)
        taken = {name: (after[name] - before[name]) / pages for name in after}
        return {**results(), "processor_seconds_a_page": taken}


def processor_seconds(server: int) -> dict[str, float]:
    """What this process, the workers that have ended, the S3 server and all others computed so far.

    Among the others is Prefect's own server.
    """
    own, other = psutil.Process().cpu_times(), psutil.Process(server).cpu_times()
    whole = psutil.cpu_times()
    seconds = {
        "flow": own.user + own.system,
        "workers": own.children_user + own.children_system,
        "server": other.user + other.system,
    }
    return {**seconds, "others": whole.user + whole.system - sum(seconds.values())}


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
    """Make the buckets and put the archive into one."""
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint)
    for bucket in ("scans", "readings"):
        client.create_bucket(Bucket=bucket)
    for number in range(pages):
        data = scans[number % len(scans)]
        client.put_object(Bucket="scans", Key=f"book/{number:05d}.jpg", Body=data)


if __name__ == "__main__":
    main()
