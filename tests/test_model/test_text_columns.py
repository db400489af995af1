"""Columns of characters in reading order."""

import numpy as np
import pytest

from model.text_columns import columns_of


@pytest.mark.parametrize(
    ("boxes", "columns"),
    [
        pytest.param(np.zeros((0, 4)), [], id="blank"),
        pytest.param([[5, 5, 0, 0]], [range(1)], id="one without area"),
        pytest.param([[50, 0, 9, 9], [50, 10, 9, 9]], [range(2)], id="one column"),
        pytest.param(
            [[50, 0, 9, 9], [52, 10, 9, 9], [30, 0, 9, 9]], [range(2), range(2, 3)], id="two"
        ),
        pytest.param([[50, 0, 9, 9], [30, 10, 9, 9]], [range(1), range(1, 2)], id="aside"),
    ],
)
def test_a_column_goes_on_downwards(boxes: list[list[int]], columns: list[range]) -> None:
    assert columns_of(np.asarray(boxes, np.float32)) == columns
