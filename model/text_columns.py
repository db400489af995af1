"""Columns of a page whose characters are already in reading order. Shapes: N characters."""

from itertools import pairwise

import numpy as np

from model.characters import FloatArray
from model.reading_order import page_layout


def columns_of(boxes_N4: FloatArray) -> list[range]:
    """Cut characters in reading order into the columns in which they stand.

    Args:
        boxes_N4: boxes (x, y, width, height) in pixels of one page, in reading order.

    Returns:
        The positions of each column's characters; one after the other they are 0 .. N-1.
    """
    if len(boxes_N4) == 0:
        return []
    cuts_N = np.flatnonzero(np.diff(page_layout(boxes_N4).column_N)) + 1
    return [range(begin, end) for begin, end in pairwise([0, *cuts_N.tolist(), len(boxes_N4)])]
