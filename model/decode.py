"""From the network's maps to boxes: peaks of the heat map, one per character.

Shapes: H W heat-map rows and columns, N peaks.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import nms

from model.configuration import STRIDE

MAXIMUM_CHARACTERS = 1200  # the challenge's limit for a page
DUPLICATE_OVERLAP = 0.5  # two characters of a column hardly ever share half their union
LARGEST_LOG_SIZE = 2.5  # 12 times the character size: guards exp against a wild prediction


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Peaks of one heat map, best first.

    Attributes:
        rows_N: int64 rows of the cells.
        columns_N: int64 columns of the cells.
        scores_N: float32 values of the heat map there.
        centers_N2: (x, y) of the characters' centres in input pixels, between the cells' middles.
    """

    rows_N: Tensor
    columns_N: Tensor
    scores_N: Tensor
    centers_N2: Tensor


def heatmap_to_peaks(
    heatmap_HW: Tensor, threshold: float, limit: int = MAXIMUM_CHARACTERS
) -> Peaks:
    """Find the cells that no neighbour exceeds; of an even plateau the first cell counts.

    Args:
        heatmap_HW: float probabilities.
        threshold: peaks at or below it are left out.
        limit: at most this many peaks, the best.
    """
    pooled = functional.max_pool2d(heatmap_HW[None, None], 3, 1, 1)[0, 0]
    peak = (heatmap_HW == pooled) & (heatmap_HW > threshold)
    first_is_largest = torch.arange(peak.numel(), 0, -1, device=peak.device, dtype=torch.float64)
    rank = torch.where(peak, first_is_largest.view_as(peak), 0.0)
    peak &= rank == functional.max_pool2d(rank[None, None], 3, 1, 1)[0, 0]
    rows, columns = peak.nonzero(as_tuple=True)
    scores = heatmap_HW[rows, columns]
    best = scores.argsort(descending=True, stable=True)[:limit]
    rows, columns = rows[best], columns[best]
    return Peaks(rows, columns, scores[best], _centers(heatmap_HW, rows, columns))


def _centers(heatmap_HW: Tensor, rows_N: Tensor, columns_N: Tensor) -> Tensor:
    """Find each centre between cells: the mean of the 3 x 3 around, by their squared values.

    A cell is a seventh of a character, and what is in a box shifted by half of that is named worse.
    """
    steps_3 = torch.arange(3, device=rows_N.device)
    rows_N31, columns_N13 = (
        (rows_N[:, None] + steps_3)[..., None],
        columns_N[:, None, None] + steps_3,
    )
    weights_N33 = functional.pad(heatmap_HW, (1, 1, 1, 1))[rows_N31, columns_N13] ** 2
    sums_N23 = torch.stack([weights_N33.sum(1), weights_N33.sum(2)], 1)
    off_N2 = (sums_N23[..., 2] - sums_N23[..., 0]) / sums_N23.sum(2)
    return (torch.stack([columns_N, rows_N], 1) + 0.5 + off_N2) * STRIDE


def peaks_to_boxes(peaks: Peaks, log_size_2HW: Tensor, character_size: float) -> Tensor:
    """Read the size map at peaks.

    Args:
        peaks: N peaks.
        log_size_2HW: logarithm of (width, height) in units of the character size.
        character_size: that unit in input pixels.

    Returns:
        Boxes (x, y, width, height) in input pixels around the centres, N4.
    """
    log_sides_2N = log_size_2HW[:, peaks.rows_N, peaks.columns_N]
    sides_N2 = log_sides_2N.clamp(-LARGEST_LOG_SIZE, LARGEST_LOG_SIZE).exp().T * character_size
    return torch.cat([peaks.centers_N2 - sides_N2 / 2, sides_N2], 1)


def without_duplicates(boxes_N4: Tensor, scores_N: Tensor) -> Tensor:
    """Return the indices of boxes to keep, best first: of two that overlap strongly, the better."""
    corners_N4 = torch.cat([boxes_N4[:, :2], boxes_N4[:, :2] + boxes_N4[:, 2:]], 1)
    kept: Tensor = nms(corners_N4, scores_N, DUPLICATE_OVERLAP)
    return kept
