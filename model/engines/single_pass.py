"""The map at stride 4, the largest, is written and read once, where the network does so twice.

Shapes: B batch, C channels, H W rows and columns.
"""

import torch
from torch import Tensor, nn

from model.detector import CharacterDetector


class WrittenBeside(nn.Module):
    """Writes each level where it belongs, instead of enlarging all and copying them together."""

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Compute what `Beside` computes.

        Args:
            levels: BCHW each, the finest first; its sides are multiples of all others'.

        Returns:
            BCHW with the channels of all levels.
        """
        batch, _, height, width = levels[0].shape
        channels = [level.shape[1] for level in levels]
        fine_BHWC = levels[0].new_empty((batch, height, width, sum(channels)))
        parts = fine_BHWC.split(channels, dim=3)  # type: ignore[no-untyped-call]  # torch's own
        for level, part_BHWC in zip(levels, parts, strict=True):
            rows, columns = height // level.shape[2], width // level.shape[3]
            cells = part_BHWC.unflatten(1, (-1, rows)).unflatten(3, (-1, columns))
            cells.copy_(level.permute(0, 2, 3, 1)[:, :, None, :, None])
        return fine_BHWC.permute(0, 3, 1, 2)


def write_levels_beside(network: CharacterDetector) -> None:
    """Let the pyramid write its levels into one map, in place: for reading, not for gradients."""
    network.pyramid.beside = WrittenBeside()


@torch.no_grad()
def join_heads(network: CharacterDetector) -> None:
    """Let the heat map and the sizes be computed together, in place.

    Args:
        network: in evaluation mode, its batch norms folded.
    """
    heads = [_convolutions(head) for head in (network.heatmap, network.size)]
    first = [convolutions[0] for convolutions in heads]
    weight_OIKK = torch.cat([convolution.weight.detach() for convolution in first])
    layers: list[nn.Module] = [_joined(weight_OIKK, first)]
    if len(heads[0]) > 1:
        last = [convolutions[-1] for convolutions in heads]
        blocks = [convolution.weight[:, :, 0, 0] for convolution in last]
        weight_OI = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]  # torch's own
        layers += [nn.ReLU(inplace=True), _joined(weight_OI[:, :, None, None], last)]
    network.joined_heads = nn.Sequential(*layers)


def _convolutions(head: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in head.modules() if isinstance(layer, nn.Conv2d)]


def _joined(weight_OIKK: Tensor, parts: list[nn.Conv2d]) -> nn.Conv2d:
    """Make the convolution with these weights and the parts' biases one after the other."""
    outputs, inputs, size, _ = weight_OIKK.shape
    joined = nn.Conv2d(inputs, outputs, size, padding=size // 2)
    joined.weight.copy_(weight_OIKK)
    joined.get_parameter("bias").copy_(
        torch.cat([part.get_parameter("bias").data for part in parts])
    )
    return joined.requires_grad_(requires_grad=False)
