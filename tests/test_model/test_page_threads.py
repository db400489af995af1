"""Work side by side: every result in its place, torch's threads shared out and given back."""

from collections.abc import Iterator
from threading import Barrier, Event, Thread, current_thread

import pytest
import torch

from model.page_threads import PageThreads


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_results_keep_their_order() -> None:
    assert PageThreads(3, 4).map(lambda n: n * n, range(20)) == [n * n for n in range(20)]


@pytest.mark.parametrize(("at_once", "lanes"), [(8, 4), (2, 2), (3, 3)])
def test_threads_are_shared_out_among_the_lanes(at_once: int, lanes: int) -> None:
    together = Barrier(lanes)

    def work(number: int) -> tuple[str, int]:
        if number < lanes:
            together.wait(30)
        return current_thread().name, torch.get_num_threads()

    done = PageThreads(at_once, 4).map(work, range(9))

    assert len({name for name, _ in done}) == lanes
    assert {threads for _, threads in done} == {4 // lanes}
    assert torch.get_num_threads() == 4


@pytest.mark.parametrize(("at_once", "items"), [(1, 5), (8, 1), (8, 0)])
def test_one_at_a_time_has_all_threads(at_once: int, items: int) -> None:
    done = PageThreads(at_once, 4).map(lambda _: torch.get_num_threads(), range(items))

    assert done == [4] * items


def test_an_error_is_raised_and_the_lanes_go_on() -> None:
    threads = PageThreads(4, 4)

    with pytest.raises(ZeroDivisionError):
        threads.map(lambda n: 1 // n, range(-3, 3))

    assert threads.map(abs, [-1, -2]) == [1, 2]
    assert torch.get_num_threads() == 4


def test_a_lane_that_one_caller_has_left_goes_on_with_the_next() -> None:
    threads = PageThreads(2, 4)
    one_is_left, next_began = Event(), Event()

    def last(number: int) -> bool:
        if number == 0:
            one_is_left.set()
            return next_began.wait(30)
        return True

    first = Thread(target=lambda: ended.extend(threads.map(last, range(3))))
    ended: list[bool] = []
    first.start()
    one_is_left.wait(30)
    threads.map(lambda _: next_began.set(), range(2))  # while the first caller still waits
    first.join()

    assert ended == [True] * 3


def test_a_thread_that_begins_after_the_lanes_has_all_threads() -> None:
    seen: list[int] = []
    PageThreads(2, 4)

    other = Thread(target=lambda: seen.append(torch.get_num_threads()))
    other.start()
    other.join()

    assert seen == [4]
