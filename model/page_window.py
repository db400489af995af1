"""The part of a page that its characters stand in: what lies around it need not be computed again.

Shapes: N characters.
"""

import numpy as np

from model.characters import FloatArray
from model.detector import SIZE_MULTIPLE

MARGIN = 48  # pixels around the characters that the network sees with them

Window = tuple[slice, slice]  # rows and columns of an image


def whole(height: int, width: int) -> Window:
    """Take all of an image."""
    return slice(0, height), slice(0, width)


def window_around(boxes_N4: FloatArray, height: int, width: int) -> Window:
    """Find the part of an image that holds some boxes.

    It begins at multiples of the network's coarsest stride: every cell of the network's maps sees
    the same pixels as in the whole image.

    Args:
        boxes_N4: boxes in pixels of the image, at least one.
        height: of the image in pixels.
        width: of the image in pixels.
    """
    first_2 = (boxes_N4[:, :2].min(0) - MARGIN) // SIZE_MULTIPLE * SIZE_MULTIPLE
    last_2 = np.ceil((boxes_N4[:, :2] + boxes_N4[:, 2:]).max(0)) + MARGIN
    left, top = np.maximum(first_2, 0).astype(int).tolist()
    right, bottom = np.minimum(last_2, (width, height)).astype(int).tolist()
    return slice(top, bottom), slice(left, right)
