"""Progress of a long run: a live bar in a terminal, a plain line now and then elsewhere."""

import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 10.0


class LiveProgress:
    """Shows a bar as long as it is used as a context manager."""

    _bar: Progress

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()


class PageProgress(LiveProgress):
    """Counts pages; safe to call from several threads.

    Args:
        total: pages that the run will handle.
        shown: false counts in silence, for runs that share a terminal.
    """

    def __init__(self, total: int, *, shown: bool = True) -> None:
        self.total = total
        self.shown = shown
        self.done = 0
        self.failed = 0
        self._lock = threading.Lock()
        self._started = self._last_line = time.monotonic()
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("[bold]pages"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]} failed, {task.fields[rate]:.2f} pages/s"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not (shown and self._console.is_terminal),
        )
        self._task = self._bar.add_task("pages", total=total, failed=0, rate=0.0)

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def count(self, *, failed: bool) -> None:
        """Note that one page is finished."""
        with self._lock:
            self.done += 1
            self.failed += failed
            rate = self.done / max(1e-9, self.seconds)
            self._bar.update(self._task, advance=1, failed=self.failed, rate=rate)
            if self.shown and not self._console.is_terminal:
                self._print_line(rate)

    def _print_line(self, rate: float) -> None:
        now = time.monotonic()
        if now - self._last_line < SECONDS_BETWEEN_LINES and self.done < self.total:
            return
        self._last_line = now
        left = (self.total - self.done) / rate
        sys.stderr.write(
            f"{self.done}/{self.total} pages, {self.failed} failed, {rate:.2f} pages/s, "
            f"{left:.0f} s left\n"
        )
