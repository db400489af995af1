"""Forward-backward against the enumeration of every path."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.alignment.gaps import BOX, CHARACTER, PAIR, Gaps, RealArray
from model.alignment.pair_hmm import FOREIGN_BOX, MAX_CELLS, Page, pair_posterior

GAPS = Gaps()
Pairs = tuple[tuple[int, int], ...]


def random_page(seed: int, boxes: int, characters: int) -> Page:
    rng = np.random.default_rng(seed)
    return Page(
        pair_NT=rng.normal(0, 2, (boxes, characters)),
        alone_N=rng.normal(-1, 1, boxes),
        room=rng.normal(0, 1, boxes + 1),
        starts_N=rng.random(boxes) < 0.5,
    )


def paths(page: Page) -> Iterator[tuple[float, Pairs]]:
    """Every path with its weight, written as the equations of docs/alignment.md read."""
    return walk(page, 0, 0, PAIR, 1.0, ())


def walk(
    page: Page, n: int, t: int, state: int, odds: float, pairs: Pairs
) -> Iterator[tuple[float, Pairs]]:
    """Go on after n boxes and t characters."""
    (count, length), weight = page.pair_NT.shape, np.exp(GAPS.log_matrix())
    if n == count and t == length:
        yield odds * weight[state, PAIR], pairs
    yield from enter(page, n, t, odds * weight[state, PAIR], odds * weight[state, BOX], pairs)
    if t < length:
        room = 1.0 if state == CHARACTER else np.exp(page.room[n])
        yield from walk(page, n, t + 1, CHARACTER, odds * weight[state, CHARACTER] * room, pairs)
    if page.edges[n] and state != CHARACTER:
        jumped = odds * GAPS.jump / (length + 1)
        if n == count:
            yield jumped, pairs
        for place in range(length + 1):
            yield from enter(page, n, place, jumped, jumped, pairs)


def enter(
    page: Page, n: int, t: int, into_pair: float, into_box: float, pairs: Pairs
) -> Iterator[tuple[float, Pairs]]:
    """Use the next box up: with a character, alone, or with its whole column."""
    count, length = page.pair_NT.shape
    if n == count:
        return
    if t < length:
        paired = into_pair * np.exp(page.pair_NT[n, t])
        yield from walk(page, n + 1, t + 1, PAIR, paired, (*pairs, (n, t)))
    yield from walk(page, n + 1, t, BOX, into_box * np.exp(page.alone_N[n]), pairs)
    if page.edges[n]:
        end = n + 1 + int(np.argmax(page.edges[n + 1 :]))
        boxes = np.maximum(page.alone_N[n:end], FOREIGN_BOX)
        foreign = into_box * GAPS.foreign_column * np.exp(boxes.sum())
        yield from walk(page, end, t, BOX, foreign, pairs)


def enumerated(page: Page) -> RealArray:
    posterior_NT = np.zeros(page.pair_NT.shape)
    total = 0.0
    for odds, pairs in paths(page):
        total += odds
        for pair in pairs:
            posterior_NT[pair] += odds
    return posterior_NT / total


@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 3))
def test_the_posterior_is_that_of_all_paths(seed: int, boxes: int, characters: int) -> None:
    page = random_page(seed, boxes, characters)

    posterior_NT = pair_posterior(page, GAPS)

    assert np.allclose(posterior_NT, np.minimum(enumerated(page), 1), atol=1e-9)


@given(st.integers(0, 2**31), st.integers(0, 40), st.integers(0, 40))
def test_a_page_read_backwards_has_the_posterior_backwards(
    seed: int, boxes: int, characters: int
) -> None:
    page = random_page(seed, boxes, characters)
    symmetric = Gaps(
        open_box=0.3, extend_box=0.6, open_character=0.2, extend_character=0.7, turn=0.1
    )

    backwards_NT = pair_posterior(page.reversed(), symmetric)

    assert np.allclose(backwards_NT[::-1, ::-1], pair_posterior(page, symmetric), atol=1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3])
def test_extreme_evidence_stays_finite(scale: float) -> None:
    page = random_page(0, 60, 80)
    extreme = Page(page.pair_NT * scale, -np.abs(page.alone_N) * scale, page.room, page.starts_N)

    posterior_NT = pair_posterior(extreme, GAPS)

    assert np.isfinite(posterior_NT).all()
    assert (posterior_NT.sum(1) < 1 + 1e-6).all()


def test_more_cells_than_memory_should_bear_are_refused() -> None:
    side = int(MAX_CELLS**0.5) + 1
    pair_NT = np.broadcast_to(np.zeros(1), (side, side))
    page = Page(pair_NT, np.zeros(side), np.zeros(side + 1), np.zeros(side, np.bool_))

    with pytest.raises(ValueError, match="align page by page"):
        pair_posterior(page, GAPS)


@pytest.mark.parametrize(
    "wrong",
    [{"open_box": 0.0}, {"open_box": 0.95}, {"jump": 1.0}, {"extend_box": 0.99}, {"turn": -0.1}],
)
def test_impossible_gaps_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="each probability must be above 0"):
        Gaps(**wrong)
