"""A host is asked by few at once, with pauses, and not while it asks for quiet."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tasks.object_store.iiif.answers import retry_after
from tasks.object_store.iiif.politeness import Gate, Politeness


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def starts(gate: Gate, clock: Clock, count: int) -> list[float]:
    times = []
    for _ in range(count):
        with gate.passed():
            times.append(clock.now)
    return times


def test_requests_start_with_a_pause_between(clock: Clock) -> None:
    gate = Gate(Politeness(pause_seconds=0.5), clock, clock.sleep)

    assert starts(gate, clock, 3) == [100.0, 100.5, 101.0]


def test_nobody_starts_while_the_host_asks_for_quiet(clock: Clock) -> None:
    gate = Gate(Politeness(pause_seconds=0.5), clock, clock.sleep)

    gate.close_for(30)
    gate.close_for(5)

    assert starts(gate, clock, 2) == [130.0, 130.5]


def test_never_more_than_allowed_are_under_way() -> None:
    gate = Gate(Politeness(at_once=2, pause_seconds=0.0))
    under_way, most = [], []
    meeting = threading.Barrier(2)

    def request() -> None:
        with gate.passed():
            under_way.append(1)
            most.append(len(under_way))
            meeting.wait(10)  # both places are taken before one is left
            under_way.pop()

    threads = [threading.Thread(target=request) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("", 0), ("7", 7), (" 7 ", 7), ("-7", 0), ("soon", 0), ("\u0667", 0), ("9" * 99, 999_999_999)],
)
def test_retry_after_in_seconds(value: str, seconds: float) -> None:
    assert retry_after({"Retry-After": value}) == seconds


def test_retry_after_as_a_date() -> None:
    date = datetime.now(UTC) + timedelta(minutes=5)

    assert 200 < retry_after({"Retry-After": format_datetime(date, usegmt=True)}) <= 300
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
