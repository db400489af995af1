"""A page as a pyramid of JPEG tiles (deep zoom), so that any size of scan opens at once.

Level L of a page has its longest side halved (``top - L``) times, where ``top`` is the least number
with 2 ** top >= longest side, as in Microsoft's Deep Zoom format. The lowest
level is the first that fits into one tile. Shapes: H W image rows and columns.
"""

import math

import cv2

from model.characters import ImageArray
from model.reduction import reduce_to

# A page of 3000 x 4000 becomes 17 files: 12 at full size, 4 at half, 1 at a quarter.
TILE = 1024
OVERLAP = 1  # pixels shared with each neighbour: no seams between scaled tiles
THUMBNAIL_SIDE = 360
_QUALITY = 85


def cut_tiles(image_HW3: ImageArray) -> dict[str, bytes]:
    """Cut a page into JPEG tiles named ``level/column_row.jpg``.

    Args:
        image_HW3: uint8 RGB.
    """
    tiles: dict[str, bytes] = {}
    height, width = image_HW3.shape[:2]
    level = math.ceil(math.log2(max(height, width)))
    while True:
        tiles.update(_cut_level(level, image_HW3))
        if max(image_HW3.shape) <= TILE:
            return tiles
        level -= 1
        width, height = math.ceil(width / 2), math.ceil(height / 2)
        image_HW3 = reduce_to(image_HW3, (width, height))


def encode_jpeg(image_HW3: ImageArray) -> bytes:
    """Write uint8 RGB pixels as a JPEG."""
    pixels = cv2.cvtColor(image_HW3, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


def _cut_level(level: int, image_HW3: ImageArray) -> dict[str, bytes]:
    height, width = image_HW3.shape[:2]
    return {
        f"{level}/{column}_{row}.jpg": encode_jpeg(
            image_HW3[_with_overlap(row), _with_overlap(column)]
        )
        for row in range(math.ceil(height / TILE))
        for column in range(math.ceil(width / TILE))
    }


def _with_overlap(position: int) -> slice:
    return slice(max(0, position * TILE - OVERLAP), (position + 1) * TILE + OVERLAP)
