"""The side at which a page is read follows its characters' size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import FloatArray
from model.page_scale import READING_SIDES, naming_sides, reading_side


def found(sizes: list[float]) -> FloatArray:
    return np.array([(0, 0, size / 2, size) for size in sizes], np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("sizes", "side"),
    [
        ([], None),
        ([100.0] * 19, None),
        ([100.0] * 20, 960),  # 100 of 2400 px are 40 of 960
        ([100.0] * 30 + [20.0] * 20, 960),  # furigana beside the text
        ([1.0] * 20, READING_SIDES[-1]),
        ([2000.0] * 20, READING_SIDES[0]),
    ],
    ids=["blank", "few", "enough", "with furigana", "tiny", "huge"],
)
def test_a_page_is_read_where_its_characters_have_the_sought_size(
    sizes: list[float], side: int | None
) -> None:
    assert reading_side(found(sizes), 2400, sought_size=40.0) == side


@given(st.floats(1, 500), st.floats(1, 500))
def test_smaller_characters_never_get_a_smaller_page(one: float, other: float) -> None:
    small, large = sorted([one, other])

    sides = [reading_side(found([size] * 20), 2400) or 0 for size in (small, large)]

    assert sides[0] >= sides[1]


@given(st.floats(5, 200), st.floats(0.2, 5))
def test_the_side_does_not_depend_on_the_resolution_of_the_scan(size: float, zoom: float) -> None:
    side = reading_side(found([size] * 20), 2400)
    again = reading_side(found([size * zoom] * 20), round(2400 * zoom))

    assert abs(READING_SIDES.index(side or 0) - READING_SIDES.index(again or 0)) <= 1


@pytest.mark.parametrize(
    ("side", "sides"),
    [(480, (480, 570, 680)), (680, (680, 820, 960)), (1150, (1150, 1360)), (1360, (1360,))],
)
def test_characters_are_named_at_three_scales_where_there_are_so_many(
    side: int, sides: tuple[int, ...]
) -> None:
    assert naming_sides(side) == sides
