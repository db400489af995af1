"""How far a heat map is from its target, per character.

Shapes: B batch, H W heat-map rows and columns.
"""

from collections.abc import Callable, Mapping

from torch import Tensor
from torch.nn import functional

from model.loss_configuration import HeatmapLoss


def focal_loss(logits_BHW: Tensor, targets_BHW: Tensor) -> Tensor:
    """Penalty-reduced focal loss of CenterNet (Zhou et al. 2019, equation 1), cell by cell."""
    positive = targets_BHW >= 1
    probability = logits_BHW.sigmoid()
    missed = (1 - probability) ** 2 * functional.logsigmoid(logits_BHW) * positive
    false = probability**2 * functional.logsigmoid(-logits_BHW) * (1 - targets_BHW) ** 4
    return -(missed + false * ~positive)


def cross_entropy_loss(logits_BHW: Tensor, targets_BHW: Tensor) -> Tensor:
    """Binary cross-entropy with the soft target, cell by cell."""
    return functional.binary_cross_entropy_with_logits(logits_BHW, targets_BHW, reduction="none")


def squared_loss(logits_BHW: Tensor, targets_BHW: Tensor) -> Tensor:
    """Squared error of the probability, cell by cell."""
    return (logits_BHW.sigmoid() - targets_BHW) ** 2


LOSSES: Mapping[HeatmapLoss, Callable[[Tensor, Tensor], Tensor]] = {
    "focal": focal_loss,
    "bce": cross_entropy_loss,
    "mse": squared_loss,
}


def heatmap_loss(
    logits_BHW: Tensor, targets_BHW: Tensor, ignored_BHW: Tensor, kind: HeatmapLoss
) -> Tensor:
    """Sum a loss over all cells that count, and divide by the number of characters.

    Args:
        logits_BHW: what the network says.
        targets_BHW: what :func:`model.heatmap.boxes_to_heatmap` drew.
        ignored_BHW: boolean; these cells say nothing.
        kind: which loss.
    """
    cells_BHW = LOSSES[kind](logits_BHW, targets_BHW)
    characters = (targets_BHW >= 1).sum().clamp(min=1)
    return cells_BHW.masked_fill(ignored_BHW, 0).sum() / characters
