"""Measures planning over a listing of many keys: time, and memory above what the program takes.

python benchmarks/planning.py [--pages 10000 1000000]

Each case plans on one thread in a process of its own. The listing is made up while it is read, so a
server's requests, one for 1,000 keys, come on top; the parts are real files, with rows of pages
that have no characters.
"""

import argparse
import json
import os
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
    """Write the parts, measure every case and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--parts", type=Path)
    chosen = parser.parse_args()
    if chosen.case:
        print(json.dumps(_measure(chosen.case, chosen.pages[0], chosen.parts)))
        return
    rows = []
    for pages in chosen.pages:
        with tempfile.TemporaryDirectory() as folder:
            parts = Path(folder, "parts")
            _write_parts(pages, parts)
            for case, description in CASES.items():
                row = {"case": description, "pages": pages, **_measured_alone(case, pages, parts)}
                rows.append(row)
                print(row, flush=True)
    from measuring import save  # loads more than planning needs

    save("planning", {"batch_size": BATCH_SIZE, "rows": rows})


def _measured_alone(case: str, pages: int, parts: Path) -> dict[str, float]:
    options = ("--pages", str(pages), "--case", case, "--parts", str(parts))
    command = [sys.executable, __file__, *options]
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    out = subprocess.run(command, check=True, env=one_thread, stdout=subprocess.PIPE)  # noqa: S603 - this file
    row: dict[str, float] = json.loads(out.stdout)
    return row


def _write_parts(pages: int, folder: Path) -> None:
    store = UnsyncedDirectory(folder)
    for batch in _plan(Listing(pages), DirectoryStore(folder / "none"), BATCH_SIZE).batches:
        write_part(store, [_row(scan) for scan in batch])


def _measure(case: str, pages: int, folder: Path) -> dict[str, float]:
    listing = Listing(
        pages,
        added=10_000 if case == "grown" else 0,
        removed=10_000 if case == "thinned" else 0,
    )
    output = DirectoryStore(folder / "none" if case == "new" else folder)
    _load_what_is_loaded_late()
    before = psutil.Process().memory_info().rss / MEGABYTE
    wall, processor = time.perf_counter(), time.process_time()
    plan = _plan(listing, output, BATCH_SIZE // 2 if case == "recut" else BATCH_SIZE)
    return {
        "to read": plan.planned,
        "gone": len(plan.gone),
        "seconds": time.perf_counter() - wall,
        "core seconds": time.process_time() - processor,
        "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before,  # of kibibytes
    }


def _load_what_is_loaded_late() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _write_parts(BATCH_SIZE, Path(folder))
        _plan(Listing(BATCH_SIZE), DirectoryStore(Path(folder)), BATCH_SIZE // 2)


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
