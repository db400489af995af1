"""Links each character to the one below it in its column.

Shapes: N characters, P possible links, L links, M links across a wide space.
"""

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray
from model.layout import IndexArray

ALIGNED = 0.4  # share of the narrower box that lies below or above the other: one column
LARGEST_SPACE = 1.5  # character sizes; scribes leave one free before a name that they honour
WIDE_SPACE = 0.5  # character sizes: a space that may part two tiers
WIDER_THAN_USUAL = 2.5  # and so many times the page's median space, for text set on a grid
TIER_COLUMNS = 3  # so many columns with a space at one height are no chance
OFF_AXIS, FARTHEST_HALF = 0.15, 0.65  # character sizes from a column's axis to half a split note


def find_links(boxes_N4: FloatArray, size: float) -> IndexArray:
    """Link each box to the box below it in its column; -1 where a column ends or is interrupted.

    Args:
        boxes_N4: boxes of one upright page.
        size: of the page's text in pixels.
    """
    below_N = _successors(boxes_N4, size)
    below_N = np.where(_forking_links(boxes_N4, below_N, size), -1, below_N)
    return np.where(_parting_links(boxes_N4, below_N, size), -1, below_N)


def _successors(boxes_N4: FloatArray, size: float) -> IndexArray:
    """The box below each box, where either is the other's nearest; -1 for none."""
    upper_P, lower_P = _aligned_pairs(boxes_N4)
    x_N, y_N = (boxes_N4[:, :2] + boxes_N4[:, 2:] / 2).T
    down_P = y_N[lower_P] - y_N[upper_P]
    space_P = boxes_N4[lower_P, 1] - boxes_N4[upper_P, 1] - boxes_N4[upper_P, 3]
    # Of two boxes at one height, such as a doubled one, the first in the list is the upper.
    links_P = (down_P > 0) | ((down_P == 0) & (upper_P < lower_P))
    links_P &= space_P < LARGEST_SPACE * size
    cost_P = down_P + 2 * np.abs(x_N[lower_P] - x_N[upper_P])
    return mutual_nearest(upper_P[links_P], lower_P[links_P], cost_P[links_P], len(boxes_N4))


def _aligned_pairs(boxes_N4: FloatArray) -> tuple[IndexArray, IndexArray]:
    """All ordered pairs of different boxes of which a good part lies above one another."""
    left_N, width_N = boxes_N4[:, 0], boxes_N4[:, 2]
    right_N = left_N + width_N
    by_left_N = np.argsort(left_N, kind="stable")
    sorted_N = left_N[by_left_N]
    first_N = np.searchsorted(sorted_N, left_N - width_N.max())
    count_N = np.searchsorted(sorted_N, right_N) - first_N
    one_P = np.repeat(np.arange(len(boxes_N4)), count_N)
    starts_N = np.cumsum(count_N) - count_N
    other_P = by_left_N[np.arange(len(one_P)) - np.repeat(starts_N - first_N, count_N)]
    shared_P = np.minimum(right_N[one_P], right_N[other_P])
    shared_P -= np.maximum(left_N[one_P], left_N[other_P])
    narrower_P = np.maximum(np.minimum(width_N[one_P], width_N[other_P]), 1e-6)
    aligned_P = (shared_P > ALIGNED * narrower_P) & (one_P != other_P)
    return one_P[aligned_P], other_P[aligned_P]


def mutual_nearest(
    upper_P: IndexArray, lower_P: IndexArray, cost_P: npt.NDArray[np.floating], count: int
) -> IndexArray:
    """Of the possible links keep those that are the cheapest of either end; -1 for none."""
    below_N, above_N = (np.full(count, -1, np.int64) for _ in range(2))
    dearest_first_P = np.argsort(-cost_P, kind="stable")  # of several writes the last one stays
    below_N[upper_P[dearest_first_P]] = lower_P[dearest_first_P]
    above_N[lower_P[dearest_first_P]] = upper_P[dearest_first_P]
    mutual_N = (below_N >= 0) & (above_N[below_N] == np.arange(count))
    return np.where(mutual_N, below_N, -1)


def _forking_links(boxes_N4: FloatArray, below_N: IndexArray, size: float) -> npt.NDArray[np.bool_]:
    """Which links lead into or out of one half of a split note.

    There the other half stands beside the linked character, across the axis of the column.
    """
    x_N = boxes_N4[:, 0] + boxes_N4[:, 2] / 2
    aside_N = np.abs(x_N[below_N] - x_N)
    upper_L = np.flatnonzero((below_N >= 0) & (aside_N > OFF_AXIS * size))
    lower_L = below_N[upper_L]
    forks_N = np.zeros(len(boxes_N4), np.bool_)
    for half_L, column_L in ((lower_L, upper_L), (upper_L, lower_L)):
        forks_N[upper_L] |= _has_other_half(boxes_N4, half_L, column_L, size)
    return forks_N


def _has_other_half(
    boxes_N4: FloatArray, half_L: IndexArray, column_L: IndexArray, size: float
) -> npt.NDArray[np.bool_]:
    x_N, top_N = boxes_N4[:, 0] + boxes_N4[:, 2] / 2, boxes_N4[:, 1]
    bottom_N, height_N = top_N + boxes_N4[:, 3], boxes_N4[:, 3]
    aside_L = x_N[half_L] - x_N[column_L]
    across_LN = (x_N - x_N[column_L, None]) * np.sign(aside_L)[:, None]  # negative: other side
    shared_LN = np.minimum(bottom_N[half_L, None], bottom_N) - np.maximum(
        top_N[half_L, None], top_N
    )
    level_LN = shared_LN > 0.3 * np.minimum(height_N[half_L, None], height_N)
    near_LN = (across_LN < -OFF_AXIS * size) & (across_LN > -FARTHEST_HALF * size)
    beyond_LN = np.abs(x_N - x_N[half_L, None]) < 2 * FARTHEST_HALF * size
    halves_L: npt.NDArray[np.bool_] = (level_LN & near_LN & beyond_LN).any(1)
    return halves_L


def _parting_links(boxes_N4: FloatArray, below_N: IndexArray, size: float) -> npt.NDArray[np.bool_]:
    """Which links lead across the space between two tiers of text.

    There several columns have a wide space at one height, and hardly a character stands.
    """
    top_N, bottom_N = boxes_N4[:, 1], boxes_N4[:, 1] + boxes_N4[:, 3]
    linked_N = below_N >= 0
    space_N = np.where(linked_N, top_N[below_N] - bottom_N, -np.inf)
    usual = np.median(space_N[linked_N]) if linked_N.any() else 0.0
    wide_M = np.flatnonzero(space_N > max(WIDE_SPACE * size, WIDER_THAN_USUAL * float(usual)))
    middle_M = (bottom_N[wide_M] + top_N[below_N[wide_M]]) / 2
    above_MM, below_MM = bottom_N[wide_M, None], top_N[below_N[wide_M], None]
    crossing_MM = (above_MM < middle_M) & (middle_M < below_MM)  # link x height
    standing_M = ((top_N[:, None] < middle_M) & (middle_M < bottom_N[:, None])).sum(0)
    columns_M = crossing_MM.sum(0)
    parting_M = (columns_M >= TIER_COLUMNS) & (columns_M >= 4 * standing_M)
    parts_N = np.zeros(len(boxes_N4), np.bool_)
    parts_N[wide_M] = crossing_MM[:, parting_M].any(1)
    return parts_N
