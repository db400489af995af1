"""Training targets: boxes to the centre heat map (Zhou et al. 2019, section 3).

Shapes: B batch, H W heat-map rows and columns (stride 4), N characters, K window cells.
"""

import torch
from torch import Tensor

from model.configuration import STRIDE
from model.loss_configuration import HeatmapTarget

# CODH characters nearly touch their neighbours in a column: with the standard deviation at 0.13 of
# the box the target has fallen to 0.0006 half a box away, so neighbours stay apart.
SIGMA_PER_SIDE = 0.13
MINIMUM_SIGMA = 0.6  # cells; a thin stroke's target still reaches the four neighbours
WINDOW_RADIUS = 8  # cells = three standard deviations of a box of 82 px
RADIUS_OVERLAP = 0.7  # CenterNet: boxes with both corners off by the radius overlap as much
CELLS_SIGMA = 1.0  # cells: the 3 x 3 target is 1 in the middle, 0.61 beside it, 0.37 in its corners


def center_cells(boxes_N4: Tensor) -> Tensor:
    """Return the (column, row) of the heat-map cell that holds each box's centre, int64 N2."""
    return (boxes_N4[:, :2] + boxes_N4[:, 2:] / 2).div(STRIDE).floor().long()


def gaussian_radius(sides_N2: Tensor, overlap: float = RADIUS_OVERLAP) -> Tensor:
    """How far both corners of a box may move before it overlaps the original less than asked.

    The smallest root of the three quadratics of Law and Deng (2018): one corner inside and one
    outside, both inside, both outside. Widely copied code divides the second and the third by 2
    where the quadratic formula asks for 2a, and so draws radii too large.

    Args:
        sides_N2: (width, height) in any unit.
        overlap: intersection over union.

    Returns:
        Radii in that unit, N.
    """
    total_N, area_N = sides_N2.sum(1), sides_N2.prod(1)
    mixed_N = (total_N - (total_N**2 - 4 * area_N * (1 - overlap) / (1 + overlap)).sqrt()) / 2
    inside_N = (2 * total_N - (4 * total_N**2 - 16 * (1 - overlap) * area_N).sqrt()) / 8
    discriminant_N = (2 * overlap * total_N) ** 2 + 16 * overlap * (1 - overlap) * area_N
    outside_N = (discriminant_N.sqrt() - 2 * overlap * total_N) / (8 * overlap)
    return torch.stack([mixed_N, inside_N, outside_N]).amin(0)


def boxes_to_heatmap(
    boxes_N4: Tensor,
    pages_N: Tensor,
    shape_BHW: tuple[int, int, int],
    target: HeatmapTarget = "box",
) -> Tensor:
    """Draw a Gaussian of peak 1 for every box; where neighbours meet, the larger value stays.

    Args:
        boxes_N4: float boxes (x, y, width, height) in input pixels.
        pages_N: int64, the index in the batch of each box.
        shape_BHW: shape of the heat map; centres outside are left out.
        target: how wide the Gaussians are.

    Returns:
        Float targets in [0, 1], BHW.
    """
    _, height, width = shape_BHW
    radius = 1 if target == "cells" else WINDOW_RADIUS
    offsets = torch.arange(-radius, radius + 1, device=boxes_N4.device)
    falloff_N2K = torch.exp(-(offsets**2) / (2 * _sigma(boxes_N4, target)[:, :, None] ** 2))
    values_NKK = falloff_N2K[:, 1, :, None] * falloff_N2K[:, 0, None, :]
    cells_N2 = center_cells(boxes_N4)
    rows_NK1 = (cells_N2[:, 1, None] + offsets)[:, :, None]
    columns_N1K = (cells_N2[:, 0, None] + offsets)[:, None, :]
    inside_NKK = (rows_NK1 >= 0) & (rows_NK1 < height) & (columns_N1K >= 0) & (columns_N1K < width)
    flat_NKK = (pages_N[:, None, None] * height + rows_NK1) * width + columns_N1K
    heatmap = values_NKK.new_zeros(shape_BHW).flatten()
    heatmap.scatter_reduce_(0, flat_NKK[inside_NKK], values_NKK[inside_NKK], "amax")
    return heatmap.view(shape_BHW)


def boxes_to_mask(boxes_N4: Tensor, pages_N: Tensor, shape_BHW: tuple[int, int, int]) -> Tensor:
    """Mark the cells whose middles lie in any of the boxes.

    Args:
        boxes_N4: float boxes (x, y, width, height) in input pixels.
        pages_N: int64, the index in the batch of each box.
        shape_BHW: shape of the heat map.

    Returns:
        Boolean mask, BHW.
    """
    batch, height, width = shape_BHW
    limit = boxes_N4.new_tensor([width, height])
    low_N2 = (boxes_N4[:, :2] / STRIDE - 0.5).ceil().clamp(min=0).minimum(limit).long()
    far_N2 = (boxes_N4[:, :2] + boxes_N4[:, 2:]) / STRIDE - 0.5
    high_N2 = (far_N2.floor() + 1).clamp(min=0).minimum(limit).long()
    # Signed corners of a summed-area table: the double sum counts the boxes over each cell.
    corners = boxes_N4.new_zeros((batch, height + 1, width + 1))
    one_N = torch.ones_like(boxes_N4[:, 0])
    for rows_N2, columns_N2, sign in (
        (low_N2, low_N2, 1),
        (high_N2, high_N2, 1),
        (low_N2, high_N2, -1),
        (high_N2, low_N2, -1),
    ):
        place = (pages_N, rows_N2[:, 1], columns_N2[:, 0])
        corners.index_put_(place, sign * one_N, accumulate=True)
    return corners.cumsum(1).cumsum(2)[:, :height, :width].round() > 0


def _sigma(boxes_N4: Tensor, target: HeatmapTarget) -> Tensor:
    """Return the standard deviations (horizontal, vertical) in cells, N2."""
    if target == "cells":
        return torch.full_like(boxes_N4[:, 2:], CELLS_SIGMA)
    if target == "radius":
        # CenterNet: the window of 2 r + 1 cells spans six standard deviations.
        radius_N = gaussian_radius(boxes_N4[:, 2:] / STRIDE).floor().clamp(min=0)
        return ((2 * radius_N + 1) / 6).clamp(min=1 / 6)[:, None].expand(-1, 2)
    return (boxes_N4[:, 2:] * (SIGMA_PER_SIDE / STRIDE)).clamp(min=MINIMUM_SIGMA)
