"""Work side by side: every result in its place, torch's threads shared out and given back."""

from collections.abc import Iterator
from threading import Barrier, Event, Thread, current_thread

import pytest
import torch

from model.page_threads import side_by_side


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_results_keep_their_order() -> None:
    assert side_by_side(lambda n: n * n, range(20), 3, 4) == [n * n for n in range(20)]


@pytest.mark.parametrize(("at_once", "items", "lanes"), [(8, 9, 4), (2, 9, 2), (8, 3, 3)])
def test_threads_are_shared_out_among_those_at_work(at_once: int, items: int, lanes: int) -> None:
    together = Barrier(lanes)

    def work(number: int) -> tuple[str, int]:
        if number < lanes:
            together.wait(30)
        return current_thread().name, torch.get_num_threads()

    done = side_by_side(work, range(items), at_once, 4)

    assert len({name for name, _ in done}) == lanes
    assert {threads for _, threads in done} == {4 // lanes}
    assert torch.get_num_threads() == 4


@pytest.mark.parametrize(("at_once", "items"), [(1, 5), (8, 1), (8, 0)])
def test_one_at_a_time_has_all_threads(at_once: int, items: int) -> None:
    done = side_by_side(lambda _: torch.get_num_threads(), range(items), at_once, 4)

    assert done == [4] * items


def test_an_error_is_raised_and_the_threads_are_given_back() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda n: 1 // n, range(-3, 3), 4, 4)

    assert torch.get_num_threads() == 4


def test_a_thread_that_begins_meanwhile_shares_the_threads_out_as_well() -> None:
    begun, ended = Event(), Event()
    inner: list[set[int]] = []

    def late() -> None:
        begun.wait(30)
        inner.append(set(side_by_side(lambda _: torch.get_num_threads(), range(8), 2, 4)))
        ended.set()

    def work(_: int) -> None:
        begun.set()
        ended.wait(30)

    other = Thread(target=late)
    other.start()
    side_by_side(work, range(4), 4, 4)
    other.join()

    assert inner == [{2}]
    assert torch.get_num_threads() == 4
