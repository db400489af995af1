"""Layers that autocast computes slowly, put right while a network trains.

HGNetV2's affine blocks hold one-element float32 parameters: a bfloat16 map times such a one is
a float32 map, twice the memory, which autocast casts back for the next convolution. And oneDNN
has no fast gradient of depthwise convolutions in bfloat16: in float32 it is several times as fast.
``python benchmarks/training_speed.py`` measures what both together are worth.
"""

import torch
from timm.models.hgnet import LearnableAffineBlock
from torch import Tensor, nn


class AffineOfInput(LearnableAffineBlock):
    """scale x + bias in the floating type of x."""

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Compute it in one pass over the map."""
        return torch.addcmul(self.bias.to(x_BCHW.dtype), x_BCHW, self.scale.to(x_BCHW.dtype))


class Float32Convolution(nn.Conv2d):
    """A convolution that autocast leaves in float32, between maps of another type."""

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Convolve in float32; the result has the type of the input."""
        with torch.autocast(x_BCHW.device.type, enabled=False):
            return super().forward(x_BCHW.float()).to(x_BCHW.dtype)


def quicken_autocast(network: nn.Module) -> None:
    """Give such layers of a network their quicker forward pass, in place.

    Parameters, names and hooks stay: state dicts fit as before, and the layers remain instances
    of the classes they were.
    """
    for module in network.modules():
        if type(module) is LearnableAffineBlock:
            module.__class__ = AffineOfInput
        elif type(module) is nn.Conv2d and _is_slow(module):
            module.__class__ = Float32Convolution


def _is_slow(convolution: nn.Conv2d) -> bool:
    depthwise = convolution.groups == convolution.in_channels > 1
    return depthwise and convolution.weight.device.type == "cpu"
