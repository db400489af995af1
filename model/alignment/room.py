"""Whether there is room on the page for characters that were not found.

Shapes: N boxes.
"""

import numpy as np

from model.alignment.gaps import RealArray
from model.characters import FloatArray
from model.columns import typical_size
from model.layout import Layout, Role

EVEN = 0.35  # characters by which spaces in one column differ where nothing is missing
SLOPE, LEAST, MOST = 4.0, -1.5, 2.0  # log-odds for each character of space more, and their bounds


def room_between(boxes_N4: FloatArray, layout: Layout) -> RealArray:
    """Log-odds of a missed character before each box in reading order, and after the last.

    A space wider than the page's usual one speaks for a character that was not found, a narrower
    one against it. Between columns, at the page's ends and beside furigana nothing is known: 0.

    Args:
        boxes_N4: boxes in pixels.
        layout: of these boxes.

    Returns:
        N + 1 numbers.
    """
    room = np.zeros(len(boxes_N4) + 1)
    place_K = np.flatnonzero(layout.role_N[layout.order_N] != Role.furigana)
    box_K = layout.order_N[place_K]
    same = layout.column_N[box_K[1:]] == layout.column_N[box_K[:-1]]
    if not same.any():
        return room
    spaces = boxes_N4[box_K[1:], 1] - (boxes_N4[box_K[:-1], 1] + boxes_N4[box_K[:-1], 3])
    wider = (spaces - np.median(spaces[same])) / typical_size(boxes_N4)
    odds = np.clip(SLOPE * (wider - EVEN), LEAST, MOST)
    room[place_K[1:][same]] = odds[same]
    return room
