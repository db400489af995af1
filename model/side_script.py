"""Small script beside and inside columns: furigana and split notes (warichu).

Shapes: N characters, F furigana.
"""

from dataclasses import dataclass

import numpy as np

from model.characters import FloatArray
from model.columns import Run
from model.layout import IndexArray

SMALL = 0.62  # of the base character's size: furigana
LONGEST = 0.75  # text sizes: no side of a furigana is longer
BESIDE = 0.4  # text sizes between a base character and its furigana
NOTE = 0.75  # of the column's size: split notes
HALVES = 1.6  # times as large at most as the note's other half
NOTE_WIDTH = 1.2  # text sizes between the axes of a note's two columns


@dataclass(frozen=True, slots=True, eq=False)
class SplitNote:
    """A note in two narrow columns inside a column; all fields are numbers of runs.

    Attributes:
        right: is read first.
        left: is read second.
        above: the column before the note, -1 for none.
        below: the column after the note, -1 for none.
    """

    right: int
    left: int
    above: int
    below: int


def furigana_bases(boxes_N4: FloatArray, runs: list[Run], size: float) -> IndexArray:
    """Find the base character of each furigana; -1 for every other box.

    A run is furigana if most of its characters are small and stand right beside a character at
    their left that is much larger than the run.
    """
    neighbour_N = _larger_neighbours(boxes_N4, size)
    base_N = np.full(len(boxes_N4), -1, np.int64)
    sizes_N = np.sqrt(boxes_N4[:, 2] * boxes_N4[:, 3])
    for run in runs:
        bases = neighbour_N[run]
        beside = bases >= 0
        if 2 * beside.sum() < len(run) or not _is_small(sizes_N[run], sizes_N[bases[beside]], size):
            continue
        nearest = np.abs(np.arange(len(run))[:, None] - np.flatnonzero(beside)).argmin(1)
        base_N[run] = bases[beside][nearest]
    base_N[(base_N >= 0) & (base_N[base_N] >= 0)] = -1  # furigana have no furigana
    return base_N


def _is_small(sizes_F: FloatArray, base_sizes_F: FloatArray, size: float) -> bool:
    return bool(np.median(sizes_F) < SMALL * min(size, float(np.median(base_sizes_F))))


def _larger_neighbours(boxes_N4: FloatArray, size: float) -> IndexArray:
    """The larger box at the left that each box stands beside; -1 for none."""
    left_N, top_N, width_N, height_N = boxes_N4.T
    right_N, bottom_N = left_N + width_N, top_N + height_N
    sizes_N = np.sqrt(width_N * height_N)
    longest_N = np.maximum(width_N, height_N)  # the numeral one is flat, but as wide as others
    small_N = np.flatnonzero((sizes_N < SMALL * size) & (longest_N < LONGEST * size))
    gap_FN = left_N[small_N, None] - right_N
    middle_F1 = (top_N + height_N / 2)[small_N, None]
    reach_FN = np.maximum(top_N - middle_F1, middle_F1 - bottom_N)  # negative inside its height
    beside_FN = (gap_FN < BESIDE * size) & (gap_FN > -0.5 * width_N[small_N, None])
    beside_FN &= (left_N + width_N / 2) < left_N[small_N, None]
    beside_FN &= (reach_FN < 0.3 * size) & (sizes_N[small_N, None] < SMALL * sizes_N)
    beside_FN[:, small_N] = False
    distance_FN = np.where(beside_FN, np.maximum(reach_FN, -0.2 * size) + np.abs(gap_FN), np.inf)
    base_N = np.full(len(boxes_N4), -1, np.int64)
    if len(small_N):
        nearest_F = distance_FN.argmin(1)
        base_N[small_N] = np.where(beside_FN.any(1), nearest_F, -1)
    return base_N


def split_notes(rectangles_R4: FloatArray, sizes_R: FloatArray, size: float) -> list[SplitNote]:
    """Find pairs of small runs side by side, in line with a larger run above or below them.

    Args:
        rectangles_R4: left, top, right, bottom of each run's axis and ends.
        sizes_R: median character size of each run.
        size: of the page's text.
    """
    left_R, top_R, right_R, bottom_R = rectangles_R4.T
    x_R, height_R = (left_R + right_R) / 2, bottom_R - top_R
    small_R = sizes_R < NOTE * size
    alike_RR = np.abs(np.log(sizes_R[:, None] / sizes_R)) < np.log(HALVES)
    shared_RR = np.minimum(bottom_R[:, None], bottom_R) - np.maximum(top_R[:, None], top_R)
    apart_RR = x_R[:, None] - x_R
    pair_RR = small_R[:, None] & small_R & alike_RR
    pair_RR &= shared_RR > 0.4 * np.minimum(height_R[:, None], height_R)
    pair_RR &= (apart_RR > 0.3 * size) & (apart_RR < NOTE_WIDTH * size)
    notes: list[SplitNote] = []
    used: set[int] = set()
    for right, left in np.argwhere(pair_RR).tolist():
        above, below = _hosts(rectangles_R4, sizes_R, [right, left], size)
        if max(above, below) >= 0 and not used & {right, left}:
            notes.append(SplitNote(right, left, above, below))
            used |= {right, left}
    return notes


def _hosts(
    rectangles_R4: FloatArray, sizes_R: FloatArray, pair: list[int], size: float
) -> tuple[int, int]:
    """The larger runs directly above and below a pair, on its axis; -1 for none."""
    left_R, top_R, right_R, bottom_R = rectangles_R4.T
    x_R = (left_R + right_R) / 2
    larger_R = sizes_R * NOTE > sizes_R[pair].max()
    aligned_R = larger_R & (np.abs(x_R - x_R[pair].mean()) < 0.4 * size)
    spaces_2R = np.stack([top_R[pair].min() - bottom_R, top_R - bottom_R[pair].max()])
    spaces_2R = np.where(aligned_R & (spaces_2R > -0.5 * size), spaces_2R, np.inf)
    above, below = np.where(spaces_2R.min(1) < 2 * size, spaces_2R.argmin(1), -1).tolist()
    return above, below
