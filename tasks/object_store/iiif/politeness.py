"""How often one host is asked: few requests at once, a pause between them, and quiet when told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Politeness:
    """What a host is spared.

    The defaults are at most two requests a second: a book of 200 pages, each an ``info.json`` and
    an image, takes at least 3 minutes and 20 seconds.

    Attributes:
        at_once: most requests under way to one host.
        pause_seconds: between the starts of two requests.
        attempts: how often something is asked for in all.
        backoff_seconds: before the second attempt; twice that before the third, and so on.
        longest_wait_seconds: a host that says to come back even later is left alone.
    """

    at_once: int = 2
    pause_seconds: float = 0.5
    attempts: int = 5
    backoff_seconds: float = 1.0
    longest_wait_seconds: float = 120.0


class Gate:
    """Lets requests to one host through.

    Args:
        politeness: how many and how often.
        clock: seconds that never go back.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        politeness: Politeness,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = politeness.pause_seconds
        self._places = threading.BoundedSemaphore(politeness.at_once)
        self._lock = threading.Lock()
        self._next_start = clock()
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for a place and for the time to start; leave the place at the end."""
        with self._places:
            self._wait()
            yield

    def close_for(self, seconds: float) -> None:
        """Let nobody start for so long."""
        with self._lock:
            self._next_start = max(self._next_start, self._clock() + seconds)

    def _wait(self) -> None:
        while True:
            with self._lock:
                now = self._clock()
                if now >= self._next_start:
                    self._next_start = now + self._pause
                    return
                wait = self._next_start - now
            self._sleep(wait)
