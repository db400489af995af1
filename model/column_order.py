"""Orders pieces of columns: pages of a spread, tiers, columns from right to left.

Suffixes: R rectangles (left, top, right, bottom) of upright runs of characters.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from model.characters import FloatArray

SPREAD = 1.1  # a text area wider than so many of its heights may be two pages
GUTTER = 1.8  # a gutter is so many times as wide as the page's median space between columns
STACKED_COLUMNS = 4  # so many columns with a space at one height are two tiers
Indices = list[int]


def order_rectangles(rectangles_R4: FloatArray) -> Indices:
    """Return the indices of runs in reading order."""
    pages = _pages(rectangles_R4, list(range(len(rectangles_R4))))
    return [i for page in pages for i in _ordered(rectangles_R4, page)]


def _pages(rectangles_R4: FloatArray, indices: Indices) -> list[Indices]:
    """Split a spread at its gutter: the right page first."""
    groups = _columns(rectangles_R4, indices)
    if len(groups) < 4:  # noqa: PLR2004 - two columns a page at least
        return [indices]
    left, top = rectangles_R4[:, :2].min(0)
    right, bottom = rectangles_R4[:, 2:].max(0)
    edges = [
        (float(rectangles_R4[after, 2].max()), float(rectangles_R4[before, 0].min()))
        for before, after in pairwise(groups)
    ]
    spaces = np.array([end - start for start, end in edges])
    middles = np.array([(start + end) / 2 for start, end in edges])
    central = np.abs(middles - (left + right) / 2) < 0.15 * (right - left)
    widest = int(np.where(central, spaces, -np.inf).argmax())
    wide = central[widest] and spaces[widest] > GUTTER * max(float(np.median(spaces)), 1e-6)
    if not wide or right - left < SPREAD * (bottom - top):
        return [indices]
    return [
        [i for group in part for i in group]
        for part in (groups[: widest + 1], groups[widest + 1 :])
    ]


def _ordered(rectangles_R4: FloatArray, indices: Indices) -> Indices:
    """Order runs column by column, but neighbouring columns that share tiers tier by tier."""
    columns = _columns(rectangles_R4, indices)
    order: Indices = []
    while columns:
        count, tiers = _shared_tiers(rectangles_R4, columns)
        order += [i for tier in tiers for i in _ordered(rectangles_R4, tier)]
        order += [] if tiers else _down(rectangles_R4, columns[0])
        columns = columns[count:]
    return order


def _shared_tiers(rectangles_R4: FloatArray, columns: list[Indices]) -> tuple[int, list[Indices]]:
    """The most columns from the right that share tiers, and those tiers; (1, []) if none do."""
    interrupted = np.cumsum([len(column) > 1 for column in columns])
    for count in range(len(columns), 0, -1):
        if interrupted[count - 1] < STACKED_COLUMNS:
            break
        tiers = _tiers(rectangles_R4, [i for column in columns[:count] for i in column])
        if len(tiers) > 1 and _are_tiers(columns[:count], tiers):
            return count, tiers
    return 1, []


def _down(rectangles_R4: FloatArray, indices: Indices) -> Indices:
    """Order the runs of one column, which may be a heading above several lines."""
    parts = _tiers(rectangles_R4, indices)
    if len(parts) > 1:  # fewer runs in each part: this ends
        return [i for part in parts for i in _ordered(rectangles_R4, part)]
    x_R = rectangles_R4[:, 0] + rectangles_R4[:, 2]
    return sorted(indices, key=lambda i: (-x_R[i], rectangles_R4[i, 1]))


def _are_tiers(columns: list[Indices], tiers: list[Indices]) -> bool:
    """Whether enough columns go on below the space: a short column alone makes no tier."""
    tier_of = {i: number for number, tier in enumerate(tiers) for i in tier}
    stacked = sum(len({tier_of[i] for i in column}) > 1 for column in columns)
    return stacked >= STACKED_COLUMNS and 2 * stacked >= len(columns)


def _columns(rectangles_R4: FloatArray, indices: Indices) -> list[Indices]:
    """Group runs whose widths overlap, from right to left."""
    return _groups(indices, lambda i: (-float(rectangles_R4[i, 2]), -float(rectangles_R4[i, 0])))


def _tiers(rectangles_R4: FloatArray, indices: Indices) -> list[Indices]:
    """Group runs whose heights overlap, downwards."""
    return _groups(indices, lambda i: (float(rectangles_R4[i, 1]), float(rectangles_R4[i, 3])))


def _groups(indices: Indices, span: Callable[[int], tuple[float, float]]) -> list[Indices]:
    """Join overlapping intervals; groups in the order of their starts."""
    groups: list[Indices] = []
    reach = -np.inf
    for i in sorted(indices, key=span):
        start, end = span(i)
        if start >= reach:
            groups.append([])
        groups[-1].append(i)
        reach = max(reach, end)
    return groups
