import io
import math

import numpy as np
import pytest
from PIL import Image

from tasks.viewer.tiles import OVERLAP, TILE, cut_tiles


@pytest.mark.parametrize(
    ("width", "height", "levels"),
    [
        pytest.param(1, 1, {0: (1, 1)}, id="one pixel"),
        pytest.param(3, 900, {10: (1, 1)}, id="one tile"),
        pytest.param(TILE, TILE, {10: (1, 1)}, id="exactly one tile"),
        pytest.param(TILE + 1, 5, {11: (2, 1), 10: (1, 1)}, id="a pixel more"),
        pytest.param(2100, 3000, {12: (3, 3), 11: (2, 2), 10: (1, 1)}, id="a scan"),
    ],
)
def test_levels_halve_until_one_tile_is_left(
    width: int, height: int, levels: dict[int, tuple[int, int]]
) -> None:
    tiles = cut_tiles(np.zeros((height, width, 3), np.uint8))

    expected = {
        f"{level}/{column}_{row}.jpg"
        for level, (columns, rows) in levels.items()
        for column in range(columns)
        for row in range(rows)
    }
    assert set(tiles) == expected


def test_tiles_of_the_full_level_are_the_page_with_an_overlap() -> None:
    height, width = 1100, 2500
    gradient = np.linspace(0, 255, width, dtype=np.uint8)
    page_HW3 = np.broadcast_to(gradient[None, :, None], (height, width, 3)).copy()

    tiles = cut_tiles(page_HW3)

    level = math.ceil(math.log2(width))
    for column in range(3):
        for row in range(2):
            left, top = max(0, column * TILE - OVERLAP), max(0, row * TILE - OVERLAP)
            right = min(width, (column + 1) * TILE + OVERLAP)
            bottom = min(height, (row + 1) * TILE + OVERLAP)
            tile = np.asarray(Image.open(io.BytesIO(tiles[f"{level}/{column}_{row}.jpg"])))
            assert tile.shape == (bottom - top, right - left, 3)
            difference = tile.astype(int) - page_HW3[top:bottom, left:right]
            assert np.abs(difference).max() < 8
