"""Feature pyramid (Lin et al. 2017) from a timm backbone to one map at stride 4.

Shapes: B batch, C channels, H W rows and columns of the input image.
"""

from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.configuration import DetectorConfiguration

PYRAMID_STRIDES = (4, 8, 16, 32)
COARSE = 1  # index of stride 8


def convolution(inputs: int, outputs: int, *, normalised: bool) -> nn.Sequential:
    """A 3 x 3 convolution, followed by batch norm and ReLU where ``normalised``."""
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)]
    if normalised:
        layers += [nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def build_backbone(configuration: DetectorConfiguration, *, pretrained: bool) -> nn.Module:
    """Create the timm backbone whose outputs are the features at strides 4, 8, 16 and 32.

    Raises:
        ValueError: if timm does not know the name or the backbone lacks one of the strides.
    """
    if configuration.backbone not in timm.list_models():
        raise ValueError(
            f"backbone must be a name that timm lists, got {configuration.backbone!r}; "
            "timm.list_models() shows them"
        )
    options: dict[str, Any] = {"features_only": True, "in_chans": configuration.input_channels}
    probe: Any = timm.create_model(configuration.backbone, pretrained=False, **options)
    reductions = probe.feature_info.reduction()
    missing = set(PYRAMID_STRIDES) - set(reductions)
    if missing:
        raise ValueError(f"backbone {configuration.backbone} has no features at {sorted(missing)}")
    indices = tuple(reductions.index(stride) for stride in PYRAMID_STRIDES)
    return timm.create_model(
        configuration.backbone, pretrained=pretrained, out_indices=indices, **options
    )


class Beside(nn.Module):
    """Enlarges levels to the size of the first and puts their channels beside each other."""

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Repeat the cells of the coarser levels.

        Args:
            levels: BCHW each, the finest first.

        Returns:
            BCHW with the channels of all levels.
        """
        size = levels[0].shape[-2:]
        return torch.cat([functional.interpolate(level, size=size) for level in levels], dim=1)


class FeaturePyramid(nn.Module):
    """Merges four levels, coarse to fine, into a map at stride 4 and one at stride 8."""

    def __init__(self, level_widths: list[int], configuration: DetectorConfiguration) -> None:
        super().__init__()
        width, branch = configuration.fpn_channels, configuration.level_channels
        plain = branch > 0  # the fifth-place pyramid has neither normalisation nor activation
        self.laterals = nn.ModuleList(
            nn.Conv2d(inputs, width, 1, bias=False) for inputs in level_widths
        )
        # The light network's heads smooth the finest level themselves: its own 3 x 3 convolution
        # there would be 30 % of all operations.
        self.smooths = nn.ModuleList(
            convolution(width, width, normalised=not plain)
            if plain or level == COARSE
            else nn.Identity()
            for level in range(len(level_widths))
        )
        self.branches = nn.ModuleList(
            nn.Sequential(
                convolution(width, branch, normalised=False),
                convolution(branch, branch, normalised=False),
            )
            for _ in range(len(level_widths) if plain else 0)
        )
        self.beside: nn.Module = Beside()
        self.fine_channels = len(level_widths) * branch if plain else width
        self.coarse_channels = width

    def forward(self, levels: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Merge the levels.

        Args:
            levels: features at strides 4, 8, 16, 32, each BCHW.

        Returns:
            The fine map (stride 4, ``fine_channels``) and the coarse map (stride 8,
            ``coarse_channels``).
        """
        maps = self.merged(levels, finest=0)
        maps = [smooth(level) for smooth, level in zip(self.smooths, maps, strict=True)]
        if not self.branches:
            return maps[0], maps[COARSE]
        parts = [branch(level) for branch, level in zip(self.branches, maps, strict=True)]
        return self.beside(parts), maps[COARSE]

    def coarse(self, levels: list[Tensor]) -> Tensor:
        """Merge the levels into the coarse map alone: nothing is computed at stride 4."""
        smoothed: Tensor = self.smooths[COARSE](self.merged(levels, finest=COARSE)[0])
        return smoothed

    def merged(self, levels: list[Tensor], finest: int) -> list[Tensor]:
        """Add to each level, from ``finest`` on, what the coarser ones see.

        Returns:
            The sums, the finest first, in ``fpn_channels``.
        """
        maps = [self.laterals[-1](levels[-1])]
        for index in range(len(levels) - 2, finest - 1, -1):
            maps.insert(0, self.with_coarser(index, levels[index], maps[0]))
        return maps

    def with_coarser(self, index: int, level_BCHW: Tensor, coarser_BCHW: Tensor) -> Tensor:
        """Add to a level, or to some of its rows, the sum of the coarser ones there."""
        enlarged = functional.interpolate(coarser_BCHW, scale_factor=2)
        merged: Tensor = self.laterals[index](level_BCHW) + enlarged
        return merged
