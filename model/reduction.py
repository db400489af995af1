"""Images made smaller.

Shapes: H W rows and columns, C channels.
"""

import cv2
import numpy as np

from model.characters import ImageArray

# Below this factor pixels are interpolated between neighbours: less time than averaging areas, and
# pages are read as well (docs/decisions/0007, benchmarks/reduction.py).
AREAS_FROM = 1.25


def reduce_to(image_HWC: ImageArray, size: tuple[int, int]) -> ImageArray:
    """Reduce to (width, height) in pixels; an image of that size comes back as it is."""
    height, width, channels = image_HWC.shape
    if (width, height) == size:
        return image_HWC
    near = max(width / size[0], height / size[1]) < AREAS_FROM
    way = cv2.INTER_LINEAR_EXACT if near else cv2.INTER_AREA
    reduced = cv2.resize(image_HWC, size, interpolation=way)
    return reduced.astype(np.uint8, copy=False).reshape(*size[::-1], channels)


def reduce(image_HWC: ImageArray, long_side: int) -> ImageArray:
    """Reduce to a longer side in pixels, aspect kept; a smaller image stays as it is."""
    return reduce_to(image_HWC, reduced_size(image_HWC.shape[1::-1], long_side))


def reduced_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The (width, height) that a size has, aspect kept, with a longer side of ``long_side``."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
