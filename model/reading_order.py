"""Reading order by geometry: columns from right to left, each from top to bottom.

Every box is linked to the nearest box below it in the same column; chains of links are columns.
Shapes: N characters.
"""

import numpy as np

from model.characters import FloatArray
from model.layout import IndexArray, Layout, Role

COLUMN_OVERLAP = 0.4  # of the narrower box: less and it belongs to the neighbouring column
FARTHEST_SUCCESSOR = 4.0  # heights of a median character: farther down, a new block begins


def _successors(boxes_N4: FloatArray) -> IndexArray:
    """Link each box to the box below it in its column, mutually nearest; -1 for none."""
    left, top = boxes_N4[:, 0], boxes_N4[:, 1]
    right, middle = left + boxes_N4[:, 2], top + boxes_N4[:, 3] / 2
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    overlap = shared / np.maximum(1e-6, np.minimum(boxes_N4[:, 2, None], boxes_N4[:, 2]))
    gap = middle[None, :] - middle[:, None]
    farthest = FARTHEST_SUCCESSOR * np.median(boxes_N4[:, 3])
    sideways = np.abs((left + right)[None, :] - (left + right)[:, None]) / 2
    cost = np.where((overlap > COLUMN_OVERLAP) & (gap > 0) & (gap < farthest), gap, np.inf)
    cost = cost + sideways
    below = cost.argmin(1)
    above = cost.argmin(0)
    index = np.arange(len(boxes_N4))
    linked = np.isfinite(cost[index, below]) & (above[below] == index)
    return np.where(linked, below, -1)


def _columns(successor_N: IndexArray) -> list[list[int]]:
    """Follow the links from every box that has no predecessor."""
    heads = np.setdiff1d(np.arange(len(successor_N)), successor_N)
    columns = []
    for head in heads:
        column = [int(head)]
        while (following := int(successor_N[column[-1]])) >= 0:
            column.append(following)
        columns.append(column)
    return columns


def page_layout(boxes_N4: FloatArray) -> Layout:
    """Find the columns of a page and the order in which it is read.

    Args:
        boxes_N4: boxes (x, y, width, height) in pixels of one page.

    Returns:
        The layout, its arrays indexed as the boxes are.
    """
    columns = _columns(_successors(boxes_N4)) if len(boxes_N4) else []
    width = max(1.0, float(np.median(boxes_N4[:, 2]))) if len(boxes_N4) else 1.0
    centers = boxes_N4[:, 0] + boxes_N4[:, 2] / 2

    def right_to_left(column: list[int]) -> tuple[int, float]:
        """Columns whose middles share a character's width are one line of text, read downwards."""
        return -round(float(np.median(centers[column])) / width), float(boxes_N4[column[0], 1])

    columns.sort(key=right_to_left)
    column_N = np.zeros(len(boxes_N4), np.int64)
    for number, column in enumerate(columns):
        column_N[column] = number
    return Layout(
        order_N=np.asarray([i for column in columns for i in column], np.int64),
        column_N=column_N,
        role_N=np.full(len(boxes_N4), Role.text, np.int64),
        base_N=np.full(len(boxes_N4), -1, np.int64),
    )


def reading_order(boxes_N4: FloatArray) -> IndexArray:
    """Return the indices of boxes in reading order, as `page_layout` finds it.

    Args:
        boxes_N4: boxes (x, y, width, height) in pixels of one page.

    Returns:
        int64 permutation of 0 .. N-1.
    """
    return page_layout(boxes_N4).order_N
