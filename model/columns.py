"""Columns of a page whose characters are already in reading order. Shapes: N characters."""

from itertools import pairwise

import numpy as np

from model.characters import FloatArray


def columns_of(boxes_N4: FloatArray) -> list[range]:
    """Cut characters in reading order into the columns in which they stand.

    A column goes on while the next box lies lower than the one before, sharing some of its breadth.

    Args:
        boxes_N4: boxes (x, y, width, height) in pixels of one page, in reading order.

    Returns:
        The positions of each column's characters; one after the other they are 0 .. N-1.
    """
    if len(boxes_N4) == 0:
        return []
    left, middle = boxes_N4[:, 0], boxes_N4[:, 1] + boxes_N4[:, 3] / 2
    right = left + boxes_N4[:, 2]
    lower = middle[1:] > middle[:-1]
    overlap = np.minimum(right[1:], right[:-1]) > np.maximum(left[1:], left[:-1])
    starts = [0, *(np.flatnonzero(~(lower & overlap)) + 1).tolist(), len(boxes_N4)]
    return [range(begin, end) for begin, end in pairwise(starts)]
