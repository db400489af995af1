"""The part of an image that is computed: all boxes are in it, and its cells fall as before."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.detector import SIZE_MULTIPLE
from model.page_window import MARGIN, window_around

HEIGHT, WIDTH = 700, 500


@given(
    boxes=st.lists(
        st.tuples(st.floats(0, WIDTH - 20), st.floats(0, HEIGHT - 20), st.floats(1, 20)),
        min_size=1,
    )
)
def test_all_boxes_are_inside_with_their_surroundings(
    boxes: list[tuple[float, float, float]],
) -> None:
    boxes_N4 = np.array([(x, y, side, side) for x, y, side in boxes], np.float32)

    rows, columns = window_around(boxes_N4, HEIGHT, WIDTH)

    assert rows.start % SIZE_MULTIPLE == columns.start % SIZE_MULTIPLE == 0
    assert 0 <= rows.start < rows.stop <= HEIGHT
    assert 0 <= columns.start < columns.stop <= WIDTH
    left, top = boxes_N4[:, :2].min(0)
    right, bottom = (boxes_N4[:, :2] + boxes_N4[:, 2:]).max(0)
    assert columns.start <= max(0, left - MARGIN)
    assert rows.start <= max(0, top - MARGIN)
    assert columns.stop >= min(WIDTH, right + MARGIN)
    assert rows.stop >= min(HEIGHT, bottom + MARGIN)


def test_empty_margins_are_left_out() -> None:
    boxes_N4 = np.array([[200, 300, 20, 30], [260, 380, 20, 20]], np.float32)

    assert window_around(boxes_N4, HEIGHT, WIDTH) == (slice(224, 448), slice(128, 328))
