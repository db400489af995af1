"""Training targets: boxes to the centre heat map (Zhou et al. 2019, section 3).

Shapes: B batch, H W heat-map rows and columns (stride 4), N characters, K window cells.
"""

import torch
from torch import Tensor

from model.configuration import STRIDE

# CODH characters nearly touch their neighbours in a column: with the standard deviation at 0.13 of
# the box the target has fallen to 0.0006 half a box away, so neighbours stay apart.
SIGMA_PER_SIDE = 0.13
MINIMUM_SIGMA = 0.6  # cells; a thin stroke's target still reaches the four neighbours
WINDOW_RADIUS = 8  # cells = three standard deviations of a box of 82 px


def center_cells(boxes_N4: Tensor) -> Tensor:
    """Return the (column, row) of the heat-map cell that holds each box's centre, int64 N2."""
    return (boxes_N4[:, :2] + boxes_N4[:, 2:] / 2).div(STRIDE).floor().long()


def boxes_to_heatmap(boxes_N4: Tensor, pages_N: Tensor, shape_BHW: tuple[int, int, int]) -> Tensor:
    """Draw a Gaussian of peak 1 for every box; where neighbours meet, the larger value stays.

    Args:
        boxes_N4: float boxes (x, y, width, height) in input pixels.
        pages_N: int64, the index in the batch of each box.
        shape_BHW: shape of the heat map; centres outside are left out.

    Returns:
        Float targets in [0, 1], BHW.
    """
    _, height, width = shape_BHW
    offsets = torch.arange(-WINDOW_RADIUS, WINDOW_RADIUS + 1, device=boxes_N4.device)
    sigma_N2 = (boxes_N4[:, 2:] * (SIGMA_PER_SIDE / STRIDE)).clamp(min=MINIMUM_SIGMA)
    falloff_N2K = torch.exp(-(offsets**2) / (2 * sigma_N2[:, :, None] ** 2))
    values_NKK = falloff_N2K[:, 1, :, None] * falloff_N2K[:, 0, None, :]
    cells_N2 = center_cells(boxes_N4)
    rows_NK1 = (cells_N2[:, 1, None] + offsets)[:, :, None]
    columns_N1K = (cells_N2[:, 0, None] + offsets)[:, None, :]
    inside_NKK = (rows_NK1 >= 0) & (rows_NK1 < height) & (columns_N1K >= 0) & (columns_N1K < width)
    flat_NKK = (pages_N[:, None, None] * height + rows_NK1) * width + columns_N1K
    heatmap = values_NKK.new_zeros(shape_BHW).flatten()
    heatmap.scatter_reduce_(0, flat_NKK[inside_NKK], values_NKK[inside_NKK], "amax")
    return heatmap.view(shape_BHW)
