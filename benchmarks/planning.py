"""Measures planning over a listing of many keys: time, and memory above what the program takes.

OMP_NUM_THREADS=1 python benchmarks/planning.py --pages 1000000

Each case plans in a process of its own. The listing is made up while it is read; the parts are real
files, with rows of pages that have no characters.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import psutil
import pyarrow as pa

from model.characters import PageReading
from tasks.object_store import DirectoryStore, ObjectInfo
from tasks.page_row import PageRow, PageTimings
from tasks.plan import Plan, plan_batches
from tasks.readings import write_part
from tasks.scans import Scan, list_scans

MODEL = "0123456789abcdef" * 4
READ_AT = datetime(2026, 1, 1, tzinfo=UTC)
BATCH_SIZE = 64
MEGABYTE = 1 << 20
PAGES_OF_A_BOOK = 200
CASES = {
    "new": "nothing is done",
    "done": "everything is done",
    "grown": "one page in 10,000 is new",
    "thinned": "one page in 10,000 is gone",
    "recut": "everything is done, another batch size",
}


class Listing:
    """An archive that exists only as a listing, as S3 would give it.

    Args:
        pages: how many keys there are.
        added: also one more after every so many; 0 for none.
        removed: without every so many-th; 0 for none.
    """

    def __init__(self, pages: int, added: int = 0, removed: int = 0) -> None:
        self.pages = pages
        self.added = added
        self.removed = removed

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:  # noqa: ARG002 - everything is asked for
        """Stream the keys in order."""
        for number in range(self.pages):
            book, page = divmod(number, PAGES_OF_A_BOOK)
            key = f"日本古典籍/{book:06}/{book:06}_{page:05}"
            if not (self.removed and number % self.removed == 1):
                yield _info(f"{key}.jpg")
            if self.added and number % self.added == 0:
                yield _info(f"{key}a.jpg")


class UnsyncedDirectory(DirectoryStore):
    """A directory that leaves flushing to the system, to write many parts in short time."""

    def put(self, key: str, data: bytes) -> str:
        """Write a file."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return ""


def main() -> None:
    """Write the parts, then print the figures of every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--parts", type=Path)
    chosen = parser.parse_args()
    if chosen.case:
        _measure(chosen.case, chosen.pages, chosen.parts)
        return
    print(f"{platform.machine()}, Python {platform.python_version()}, PyArrow {pa.__version__}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{chosen.pages:,} pages, batches of {BATCH_SIZE}")
    print("| case | listed | to read | gone | wall s | processor s | memory MB |", flush=True)
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _write_parts(chosen.pages, Path(folder, "parts"))
        for case in CASES:
            command = [sys.executable, __file__, "--pages", str(chosen.pages), "--case", case]
            subprocess.run([*command, "--parts", f"{folder}/parts"], check=True)  # noqa: S603 - this file


def _write_parts(pages: int, folder: Path) -> None:
    store = UnsyncedDirectory(folder)
    for batch in _plan(Listing(pages), DirectoryStore(folder / "none"), BATCH_SIZE).batches:
        write_part(store, [_row(scan) for scan in batch])


def _measure(case: str, pages: int, folder: Path) -> None:
    listing = Listing(
        pages,
        added=10_000 if case == "grown" else 0,
        removed=10_000 if case == "thinned" else 0,
    )
    output = DirectoryStore(folder / "none" if case == "new" else folder)
    _plan(
        Listing(BATCH_SIZE), DirectoryStore(folder / "none"), BATCH_SIZE
    )  # loads what is loaded late
    before = psutil.Process().memory_info().rss / MEGABYTE
    wall, processor = time.perf_counter(), time.process_time()
    plan = _plan(listing, output, BATCH_SIZE // 2 if case == "recut" else BATCH_SIZE)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before  # kibibytes
    counts = f"{plan.listed:,} | {plan.planned:,} | {len(plan.gone):,}"
    print(f"| {CASES[case]} | {counts} | {wall:.1f} | {processor:.1f} | {memory:.0f} |", flush=True)


def _plan(listing: Listing, output: DirectoryStore, batch_size: int) -> Plan:
    return plan_batches(list_scans(listing), output, MODEL, batch_size=batch_size)  # type: ignore[arg-type]


def _info(key: str) -> ObjectInfo:
    etag = md5(key.encode(), usedforsecurity=False).hexdigest()
    return ObjectInfo(key, 1_000_000, etag, READ_AT)


def _row(scan: Scan) -> PageRow:
    return PageRow(
        scan=scan,
        width=1,
        height=1,
        model_digest=MODEL,
        reading=PageReading.empty(),
        error_kind=None,
        error_message=None,
        timings=PageTimings(),
        read_at=READ_AT,
    )


if __name__ == "__main__":
    main()
