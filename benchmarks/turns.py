"""Compares work on a machine that others share: processes take turns of a few seconds.

What a neighbour takes then falls on all alike. Who is not on turn is stopped, with every process
that it has started, and its clocks stand.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import psutil

SECONDS_A_TURN = 5.0
# Whoever asks for the time through the module; and who has taken a clock from it.
CLOCKS = {
    "time.perf_counter": time.perf_counter,
    "time.monotonic": time.monotonic,
    "time.time": time.time,
    "tasks.fetch.perf_counter": time.perf_counter,
}
_SPAWN = multiprocessing.get_context("spawn")


class Gate:
    """Where work that is prepared waits for the first turn; used in its own process.

    Args:
        controller: who gives turns.
        stood: seconds for which the process has been stopped.
    """

    def __init__(self, controller: Connection, stood: Any) -> None:  # noqa: ANN401 - a c_double
        self._controller = controller
        self._stood = stood

    def wait(self) -> None:
        """Say that all is prepared, and begin with the first turn."""
        self._controller.send(None)
        self._controller.recv()

    @contextmanager
    def clocks(self) -> Iterator[None]:
        """Let clocks stand while the process does."""
        with ExitStack() as stack:
            for name, clock in CLOCKS.items():
                stack.enter_context(patch(name, lambda clock=clock: clock() - self._stood.value))
            yield


Work = Callable[[Gate], Any]


def by_turns(works: Sequence[Work]) -> list[Any]:
    """Run each piece of work in a process of its own, by turns from its gate on.

    Args:
        works: functions of a module, or partials of them; each passes its gate once.

    Returns:
        What they return, in their order.

    Raises:
        EOFError: if a process ended before its work.
    """
    with ExitStack() as stack:
        turns = [stack.enter_context(_begun(work)) for work in works]
        for turn in turns:
            turn.reach_gate()
        for turn in cycle(turns):
            if not turn.ended:
                turn.take(SECONDS_A_TURN)
            if all(it.ended for it in turns):
                break
        return [turn.result for turn in turns]


class _Turn:
    """A process as its controller sees it."""

    def __init__(self, work: Work) -> None:
        self._connection, theirs = _SPAWN.Pipe()
        self._stood = _SPAWN.Value("d", 0.0, lock=False)
        self._process = _SPAWN.Process(target=_do, args=(work, theirs, self._stood))
        self._process.start()
        theirs.close()
        self._stopped: list[psutil.Process] = []
        self._stopped_at = 0.0
        self.ended = False
        self.result: Any = None

    def reach_gate(self) -> None:
        """Let it prepare its work, and stop it then."""
        self._connection.recv()
        self._stop()
        self._connection.send(None)

    def take(self, seconds: float) -> None:
        """Let it work for so long, or until it has ended."""
        self._go_on()
        if self._connection.poll(seconds):
            self.result = self._connection.recv()
            self.ended = True
            self._process.join()
        else:
            self._stop()

    def end(self) -> None:
        """End it, and what it has started, if it has not ended by itself."""
        self._go_on()
        for process in self._family() if self._process.is_alive() else ():
            process.kill()
        self._process.join()

    def _family(self) -> list[psutil.Process]:
        process = psutil.Process(self._process.pid)
        return [process, *process.children(recursive=True)]

    def _stop(self) -> None:
        self._stopped = self._family()
        for process in self._stopped:
            process.suspend()
        self._stopped_at = time.perf_counter()

    def _go_on(self) -> None:
        if self._stopped:
            self._stood.value += time.perf_counter() - self._stopped_at
        for process in reversed(self._stopped):
            process.resume()
        self._stopped = []


@contextmanager
def _begun(work: Work) -> Iterator[_Turn]:
    turn = _Turn(work)
    try:
        yield turn
    finally:
        turn.end()


def _do(work: Work, controller: Connection, stood: Any) -> None:  # noqa: ANN401 - a c_double
    gate = Gate(controller, stood)
    with gate.clocks():
        controller.send(work(gate))
