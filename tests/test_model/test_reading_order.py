"""Columns, tiers, spreads, furigana and notes, drawn as boxes whose order is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import FloatArray
from model.layout import Layout, Role, layout_to_text
from model.reading_order import page_layout, reading_order

Box = tuple[float, float, float, float]
SIZE = 40.0


def column(x: float, top: float, count: int, size: float = SIZE) -> list[Box]:
    """Square characters around the axis x, from y = top downwards, a tenth of a size apart."""
    return [(x - size / 2, top + 1.1 * size * row, size, size) for row in range(count)]


def columns(right: float, count: int, top: float = 100, length: int = 8) -> list[Box]:
    """Columns of one length from right to left, two characters' sizes apart."""
    return [box for n in range(count) for box in column(right - 2 * SIZE * n, top, length)]


def shuffled_layout(boxes: list[Box] | FloatArray, seed: int = 0) -> tuple[list[int], Layout]:
    """Lay out the boxes in another order than theirs; what returns is told in theirs."""
    boxes_N4 = np.array(boxes, np.float32).reshape(-1, 4)
    shuffle = np.random.default_rng(seed).permutation(len(boxes_N4))
    back = np.argsort(shuffle)
    layout = page_layout(boxes_N4[shuffle])
    base_N = layout.base_N[back]
    told = Layout(
        shuffle[layout.order_N],
        layout.column_N[back],
        layout.role_N[back],
        np.where(base_N >= 0, shuffle[base_N], -1),
    )
    return told.order_N.tolist(), told


def tilted(boxes: list[Box], degrees: float) -> FloatArray:
    """Turn a page about its origin; boxes keep their sizes."""
    boxes_N4 = np.array(boxes, np.float32)
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centers_N2 = (boxes_N4[:, :2] + boxes_N4[:, 2:] / 2) @ turn
    return np.hstack([centers_N2 - boxes_N4[:, 2:] / 2, boxes_N4[:, 2:]]).astype(np.float32)


NOTED = [
    *column(800, 100, 4),
    *column(800 + 13, 280, 5, size=22),
    *column(800 - 13, 280, 5, size=22),
    *column(800, 420, 4),
    *column(700, 100, 12),
]
PAGES = {
    "columns": columns(800, 6),
    "of different heights": [*column(800, 300, 3), *column(720, 100, 9), *column(640, 150, 2)],
    "signed at the bottom, then addressed at the top": [
        *columns(800, 3, length=12),
        *column(560, 450, 4),
        *column(480, 100, 4),
    ],
    "two tiers": columns(800, 5) + columns(800, 5, top=500),
    "a full column, then two tiers": [
        *column(900, 100, 18),
        *columns(800, 5),
        *columns(800, 5, top=500),
    ],
    "a spread of two tiers": [
        *columns(1900, 5),
        *columns(1900, 5, top=500),
        *columns(1300, 5),
        *columns(1300, 5, top=500),
    ],
    "a heading above two columns": [
        *column(800, 100, 2, size=100),
        *column(840, 350, 8),
        *column(760, 350, 8),
    ],
    "a free place before a name": [
        *column(800, 100, 4),
        *column(800, 340, 6),
        *columns(700, 2, length=12),
    ],
    "words scattered around a picture": [
        *column(900, 500, 3),
        *column(700, 100, 4),
        *column(300, 700, 2),
    ],
    "a split note": NOTED,
    "a small character beside its column's axis": [
        *column(800, 100, 4),
        (810, 276, 20, 12),
        *column(800, 290, 4),
        *columns(700, 2, length=8),
    ],
    "one character each": [(800, 100, 40, 40), (700, 100, 40, 40), (600, 100, 40, 40)],
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_page_is_read_as_it_was_written(name: str, seed: int) -> None:
    order, _ = shuffled_layout(PAGES[name], seed)

    assert order == list(range(len(PAGES[name])))


@pytest.mark.parametrize("degrees", [-4, -1.5, 2, 4])
def test_a_tilted_page_is_read_like_an_upright_one(degrees: float) -> None:
    boxes = tilted(columns(2000, 16, length=30), degrees)

    order, _ = shuffled_layout(boxes)

    assert order == list(range(len(boxes)))


def test_missing_characters_leave_the_others_in_order() -> None:
    boxes = np.array(columns(800, 8, length=14), np.float32)
    kept = boxes[np.random.default_rng(3).random(len(boxes)) > 0.15]

    order, _ = shuffled_layout(kept)

    assert order == list(range(len(kept)))


def test_doubled_characters_stay_beside_their_twins() -> None:
    boxes = np.repeat(np.array(columns(800, 5), np.float32), 2, axis=0)

    order, _ = shuffled_layout(boxes)

    assert [i // 2 for i in order] == [i // 2 for i in range(len(boxes))]


def test_furigana_follow_their_base_and_belong_to_its_column() -> None:
    ruby = [(823, 150, 13, 13), (823, 165, 13, 13)]  # beside the second character
    boxes = columns(800, 3) + ruby

    order, layout = shuffled_layout(boxes)

    assert order[:4] == [0, 1, len(boxes) - 2, len(boxes) - 1]
    assert layout.role_N[-2:].tolist() == [Role.furigana] * 2
    assert layout.base_N[-2:].tolist() == [1, 1]
    assert layout.column_N[-2:].tolist() == [0, 0]
    assert set(layout.role_N[:-2].tolist()) == {Role.text}
    assert set(layout.base_N[:-2].tolist()) == {-1}


def test_a_split_note_is_named_and_stays_in_its_column() -> None:
    _, layout = shuffled_layout(NOTED)

    assert layout.role_N.tolist() == [Role.text] * 4 + [Role.note] * 10 + [Role.text] * 16
    assert layout.column_N.tolist() == [0] * 18 + [1] * 12


def test_the_flat_numeral_one_beside_a_large_character_is_text() -> None:
    boxes = [(721, 115, 38, 8), *columns(700, 2)]  # as item numbers stand above their column

    _, layout = shuffled_layout(boxes)

    assert set(layout.role_N.tolist()) == {Role.text}


def test_large_columns_are_headings() -> None:
    _, layout = shuffled_layout(column(800, 100, 3, size=80) + columns(700, 4, length=12))

    assert layout.role_N.tolist() == [Role.heading] * 3 + [Role.text] * 48


def test_columns_are_numbered_as_they_are_read() -> None:
    _, layout = shuffled_layout(columns(800, 4))

    assert layout.column_N.tolist() == [n for n in range(4) for _ in range(8)]
    assert [len(column) for column in layout.columns()] == [8] * 4


def test_the_text_has_a_line_for_each_column_and_no_furigana() -> None:
    ruby = [(823, 150, 13, 13), (823, 165, 13, 13)]
    layout = page_layout(np.array(columns(800, 2, length=3) + ruby, np.float32))
    codepoints_N = np.array([ord(c) for c in "春過而夏来るすぎ"], np.int32)

    assert layout_to_text(codepoints_N, layout) == "春過而\n夏来る"


def test_a_page_without_characters_has_an_empty_text() -> None:
    layout = page_layout(np.zeros((0, 4), np.float32))

    assert (len(layout), list(layout.columns())) == (0, [])
    assert not layout_to_text(np.zeros(0, np.int32), layout)


def test_another_number_of_code_points_is_refused() -> None:
    layout = page_layout(np.ones((2, 4), np.float32))

    with pytest.raises(ValueError, match=r"each of the layout's 2 characters, got 3"):
        layout_to_text(np.zeros(3, np.int32), layout)


@pytest.mark.parametrize(
    "boxes",
    [np.ones((3, 3)), np.ones(4), np.full((1, 4), np.nan), np.full((2, 4), np.inf)],
)
def test_what_is_no_box_is_refused(boxes: FloatArray) -> None:
    with pytest.raises(ValueError, match="boxes_N4 must be finite"):
        page_layout(boxes)


@pytest.mark.parametrize(
    "boxes",
    [
        np.zeros((1, 4)),
        np.zeros((5, 4)),
        np.full((3, 4), 7.0),
        np.array([[5, 5, 0, 10], [5, 20, 10, 0], [5, 30, -3, 4]]),
    ],
)
def test_boxes_without_area_are_ordered_too(boxes: FloatArray) -> None:
    order = reading_order(boxes.astype(np.float32))

    assert sorted(order.tolist()) == list(range(len(boxes)))


@given(st.integers(0, 2**31), st.integers(0, 80), st.floats(1, 200))
def test_any_page_is_laid_out_completely(seed: int, count: int, largest: float) -> None:
    rng = np.random.default_rng(seed)
    boxes_N4 = np.hstack([rng.uniform(0, 400, (count, 2)), rng.uniform(0, largest, (count, 2))])

    layout = page_layout(boxes_N4.astype(np.float32))

    ruby_N = layout.role_N == Role.furigana
    assert sorted(layout.order_N.tolist()) == list(range(count))
    assert np.array_equal(ruby_N, layout.base_N >= 0)
    assert not ruby_N[layout.base_N[ruby_N]].any()
    assert (np.diff(layout.column_N[layout.order_N]) >= 0).all()


@given(st.floats(0.05, 20), st.integers(-5000, 5000), st.integers(-5000, 5000))
def test_the_order_does_not_depend_on_scale_and_place(scale: float, x: int, y: int) -> None:
    boxes_N4 = np.array(NOTED, np.float32) * scale + np.array([x, y, 0, 0], np.float32)

    order = reading_order(boxes_N4)

    assert order.tolist() == list(range(len(NOTED)))
