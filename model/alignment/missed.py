"""Where on a page the characters may be that the text has and no box was found for.

Shapes: N boxes, T characters of the text, R rectangles (left, top, right, bottom) in pixels.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from model.alignment.alignment import Alignment
from model.characters import FloatArray

MISSED = 0.5  # characters that must be missing before a place is doubted
NARROWEST = 0.3  # of a character; a smaller space between two boxes holds no third
BESIDE = 1.5  # characters beyond the outermost column, where another may have been missed

Rectangle = tuple[float, float, float, float]


def missed_rectangles(boxes_N4: FloatArray, alignment: Alignment) -> FloatArray:
    """Return the places along and between columns where characters were probably missed.

    Between two neighbours of the text that have boxes in one column it is the space between
    these; else the space below the one and above the other, so long as so many characters would
    be, and that between their columns.

    Args:
        boxes_N4: the boxes that were aligned.
        alignment: of these boxes.

    Returns:
        Rectangles R4; they may leave the page.
    """
    corners_N4 = np.hstack([boxes_N4[:, :2], boxes_N4[:, :2] + boxes_N4[:, 2:]])
    rectangles = [
        rectangle
        for before, after, missing in _missing_stretches(alignment)
        for rectangle in _places(corners_N4, alignment, before, after, missing)
    ]
    return np.array(rectangles, np.float32).reshape(-1, 4)


def _missing_stretches(alignment: Alignment) -> Iterator[tuple[int, int, float]]:
    """Yield the boxes around each stretch of text without boxes, and its characters' number.

    -1 stands for the box before the first and the one after the last.
    """
    missing_T = np.append(0, np.cumsum(np.maximum(1 - alignment.found_T, 0)))
    length = len(alignment.box_T)
    paired = np.flatnonzero(alignment.box_T >= 0).tolist()
    box_of = {t: int(alignment.box_T[t]) for t in paired}
    for one, other in pairwise([-1, *paired, length] if paired else []):
        missing = float(missing_T[other] - missing_T[one + 1])
        if missing >= MISSED:
            yield box_of.get(one, -1), box_of.get(other, -1), missing


def _places(
    corners_N4: FloatArray, alignment: Alignment, before: int, after: int, missing: float
) -> Iterator[Rectangle]:
    column_N = alignment.layout.column_N
    size = _size(corners_N4, alignment)
    if before >= 0 and after >= 0 and column_N[before] == column_N[after]:
        yield from _between(corners_N4[before], corners_N4[after], size)
        return
    around = [(column_N == column_N[n]) for n in (before, after) if n >= 0]
    if before >= 0:
        left, _, right, bottom = corners_N4[before].tolist()
        yield left, bottom, right, bottom + missing * size
    if after >= 0:
        left, top, right, _ = corners_N4[after].tolist()
        yield left, top - missing * size, right, top
    yield _strip([_extent(corners_N4[column]) for column in around], size, at_left=after < 0)


def _size(corners_N4: FloatArray, alignment: Alignment) -> float:
    """The median side of the paired boxes, as the root of their areas."""
    paired_N4 = corners_N4[alignment.box_T[alignment.box_T >= 0]]
    return float(np.median(np.sqrt((paired_N4[:, 2:] - paired_N4[:, :2]).prod(1))))


def _between(upper_4: FloatArray, lower_4: FloatArray, size: float) -> Iterator[Rectangle]:
    """The space between two boxes of a column, if a character has room in it."""
    top, bottom = float(upper_4[3]), float(lower_4[1])
    if bottom - top > NARROWEST * size:
        left, right = min(upper_4[0], lower_4[0]), max(upper_4[2], lower_4[2])
        yield float(left), top, float(right), bottom


def _extent(corners_K4: FloatArray) -> Rectangle:
    left, top = corners_K4[:, :2].min(0).tolist()
    right, bottom = corners_K4[:, 2:].max(0).tolist()
    return left, top, right, bottom


def _strip(columns: list[Rectangle], size: float, *, at_left: bool) -> Rectangle:
    """The space between two columns, or beside the only one."""
    top, bottom = min(c[1] for c in columns), max(c[3] for c in columns)
    first, last = columns[0], columns[-1]
    if len(columns) > 1:
        right_one, left_one = (first, last) if first[2] > last[2] else (last, first)
        return left_one[2], top, right_one[0], bottom
    if at_left:
        return first[0] - BESIDE * size, top, first[0], bottom
    return first[2], top, first[2] + BESIDE * size, bottom
