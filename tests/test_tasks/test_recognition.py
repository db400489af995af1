"""Pages on their way to the reader: no reader waits for more of them than it needs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.page_future import PageFuture
from tasks.recognition import FEWEST_PER_READ, MOST_PER_READ, Recognition
from tasks.recognition_run import open_dask
from tasks.scans import Scan

AT_ONCE = 3  # pages that the store has at once


@dataclass(frozen=True)
class SlowStore:
    """A store that gives the first pages at once, and the others when a file is there."""

    go: Path

    def get(self, key: str, **_: object) -> bytes:
        if int(key) >= AT_ONCE:
            wait_until(self.go.exists)
        return b"no image"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.01)


def scans_of(group: list[PageFuture]) -> list[Scan]:
    return [page.scan for page in group]


def test_a_waiting_reader_gets_the_first_pages_and_a_busy_one_finds_many(tmp_path: Path) -> None:
    go = tmp_path / "go"
    scans = [Scan(str(number), 0, "") for number in range(2 * MOST_PER_READ)]
    nothing: Any = None
    with open_dask(None) as dask:
        archive: Any = SlowStore(go)
        shared = archive, nothing, nothing, "", dask, nothing, 1
        groups = Recognition(*shared).fetch(scans)

        first = scans_of(next(groups))
        go.touch()
        wait_until(lambda: all(it.status == "finished" for it in dask.futures.values()))
        time.sleep(1)  # Dask tells who waits for them after it has marked them
        second = scans_of(next(groups))
        others = [scan for group in groups for scan in scans_of(group)]

    assert FEWEST_PER_READ <= len(first) <= AT_ONCE
    assert len(second) == MOST_PER_READ
    read = sorted([*first, *second, *others], key=lambda scan: int(scan.key))
    assert read == scans


def test_the_last_page_of_a_batch_comes_alone(tmp_path: Path) -> None:
    nothing: Any = None
    with open_dask(None) as dask:
        archive: Any = SlowStore(tmp_path)
        [group] = Recognition(archive, nothing, nothing, "", dask, nothing, 1).fetch(
            [Scan("0", 0, "")]
        )
        assert [page.scan.key for page in group] == ["0"]
