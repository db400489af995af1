"""Reading order by geometry: columns from right to left, each from top to bottom.

docs/reading-order.md explains the rules. Shapes: N characters, R runs of characters.
"""

import numpy as np

from model.characters import FloatArray
from model.column_order import order_rectangles
from model.columns import (
    Run,
    columns_tilt,
    continued,
    find_runs,
    middle,
    rejoined,
    turned,
    typical_size,
)
from model.layout import IndexArray, Layout, Role
from model.side_script import furigana_bases, split_notes

LEAST_SIDE = 1e-3  # pixels; what has no area still has a place
AXIS = 0.3  # half of what a run's core is wide, in its median width: neighbours may overlap
HEADING = 1.35  # times the page's text
LARGEST_GAP = 6.0  # text sizes: a column that goes on below a wider gap is another


def page_layout(boxes_N4: FloatArray) -> Layout:
    """Find the columns of a page and the order in which it is read.

    Args:
        boxes_N4: boxes (x, y, width, height) in pixels of one page.

    Returns:
        The layout, its arrays indexed as the boxes are.

    Raises:
        ValueError: if a box is not four finite numbers.
    """
    if boxes_N4.ndim != 2 or boxes_N4.shape[1] != 4 or not np.isfinite(boxes_N4).all():  # noqa: PLR2004
        raise ValueError(
            f"boxes_N4 must be finite (x, y, width, height) of shape (N, 4), got {boxes_N4.shape}"
        )
    if len(boxes_N4) == 0:
        return Layout(*np.zeros((4, 0), np.int64))
    boxes_N4 = np.hstack([boxes_N4[:, :2], np.maximum(boxes_N4[:, 2:], LEAST_SIDE)])
    size = typical_size(boxes_N4)
    runs = find_runs(boxes_N4, size)
    tilt = columns_tilt(boxes_N4, runs)
    if tilt:
        boxes_N4 = turned(boxes_N4, tilt)
        runs = find_runs(boxes_N4, size)
    base_N = _furigana(boxes_N4, runs, size)
    text_M = np.flatnonzero(base_N < 0)
    if len(text_M) < len(boxes_N4):  # links are surer without furigana in between
        runs = [text_M[run] for run in find_runs(boxes_N4[text_M], size)]
    runs = rejoined(boxes_N4, continued(boxes_N4, runs, size), size)
    pieces, role_N = _pieces(boxes_N4, runs, size)
    rectangles_R4 = np.array([_rectangle(boxes_N4[piece]) for piece in pieces])
    order_R = order_rectangles(rectangles_R4)
    pieces = [pieces[i] for i in order_R]
    column_N = _number_columns(pieces, rectangles_R4[order_R], base_N, size)
    rank_N = np.zeros(len(boxes_N4), np.int64)
    rank_N[np.concatenate(pieces)] = np.arange(len(text_M))
    small_N = base_N >= 0
    owner_N = np.where(small_N, base_N, np.arange(len(boxes_N4)))  # a furigana's base owns it
    order_N = np.lexsort((boxes_N4[:, 1], small_N, rank_N[owner_N]))
    role_N[small_N] = Role.furigana
    return Layout(order_N, column_N[owner_N], role_N, base_N)


def reading_order(boxes_N4: FloatArray) -> IndexArray:
    """Return the indices of boxes in reading order, as `page_layout` finds it.

    Args:
        boxes_N4: boxes (x, y, width, height) in pixels of one page.

    Returns:
        int64 permutation of 0 .. N-1.
    """
    return page_layout(boxes_N4).order_N


def _rectangle(boxes_K4: FloatArray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a run's core: its median axis, its ends."""
    x = middle(boxes_K4[:, 0] + boxes_K4[:, 2] / 2)
    half = AXIS * middle(boxes_K4[:, 2])
    return x - half, float(boxes_K4[0, 1]), x + half, float(boxes_K4[-1, 1] + boxes_K4[-1, 3])


def _furigana(boxes_N4: FloatArray, runs: list[Run], size: float) -> IndexArray:
    """Each furigana's base, -1 for others: half a note beside the next column is none."""
    _, role_N = _pieces(boxes_N4, runs, size)
    return furigana_bases(boxes_N4, [run for run in runs if role_N[run[0]] != Role.note], size)


def _pieces(boxes_N4: FloatArray, runs: list[Run], size: float) -> tuple[list[Run], IndexArray]:
    """Put split notes into the columns that they interrupt, and tell each character's role."""
    sizes_N = np.sqrt(boxes_N4[:, 2] * boxes_N4[:, 3])
    sizes_R = np.array([middle(sizes_N[run]) for run in runs], np.float32)
    rectangles_R4 = np.array([_rectangle(boxes_N4[run]) for run in runs], np.float32)
    role_N = np.full(len(boxes_N4), Role.text, np.int64)
    piece_R = np.arange(len(runs))
    place_R2 = np.stack([rectangles_R4[:, 1], np.zeros(len(runs))], 1)  # height, then side
    for note in split_notes(rectangles_R4, sizes_R, size):
        role_N[np.concatenate([runs[note.right], runs[note.left]])] = Role.note
        place_R2[note.left] = place_R2[note.right, 0], 1
        for part in (note.left, note.above, note.below):
            if part >= 0:
                piece_R[piece_R == piece_R[part]] = piece_R[note.right]
    reading_R = np.lexsort((place_R2[:, 1], place_R2[:, 0], piece_R))
    for run in (runs[r] for r in np.flatnonzero(sizes_R > HEADING * size)):
        role_N[run] = Role.heading
    ends = np.flatnonzero(np.diff(piece_R[reading_R])) + 1
    pieces = [np.concatenate([runs[r] for r in part]) for part in np.split(reading_R, ends)]
    return pieces, role_N


def _number_columns(
    pieces: list[Run], rectangles_R4: FloatArray, base_N: IndexArray, size: float
) -> IndexArray:
    """Number columns in reading order; a piece right below the one before goes on with it."""
    column_N = np.zeros(len(base_N), np.int64)
    left_R, top_R, right_R, bottom_R = rectangles_R4.T
    aside_R = np.abs(np.diff(left_R + right_R, prepend=np.inf)) / 2
    space_R = top_R - np.concatenate([[np.inf], bottom_R[:-1]])
    goes_on_R = (aside_R < size / 2) & (space_R > -size / 2) & (space_R < LARGEST_GAP * size)
    for piece, number in zip(pieces, np.cumsum(~goes_on_R) - 1, strict=True):
        column_N[piece] = number
    return column_N
