"""The largest maps of the network in strips: none of them is ever whole.

Those at stride 2 belong to the stem; at stride 4 the finest level is merged for the heads alone.

Shapes: B batch, C channels, H W input rows and columns.
"""

from collections.abc import Callable

import torch
from timm.models.hgnet import StemV2
from torch import Tensor, nn

from model.detector import CharacterDetector
from model.feature_pyramid import COARSE, FeaturePyramid

STRIDE = 4  # of what a strip yields
STRIP = 64  # rows of it; a quarter of them is faster in float32 and slower in bfloat16
HALO = 2  # rows beyond a strip on either side: the stem and the heads see one


def in_strips(rows: int, compute: Callable[[slice], Tensor]) -> Tensor:
    """Compute a map strip by strip, each with the rows around it that it needs.

    Args:
        rows: of the map.
        compute: the map's rows from those of what it is computed of, for a slice of them.
    """
    return torch.cat([_strip(rows, top, compute) for top in range(0, rows, STRIP)], dim=2)


def _strip(rows: int, top: int, compute: Callable[[slice], Tensor]) -> Tensor:
    first = max(0, top - HALO)
    computed = compute(slice(first, min(rows, top + STRIP + HALO)))
    return computed[:, :, top - first : top - first + STRIP]


class StemInStrips(nn.Module):
    """Computes a stem of stride 4 strip by strip.

    Args:
        stem: sees at most `HALO` rows of its output beyond what one of them stands for.
    """

    def __init__(self, stem: nn.Module) -> None:
        super().__init__()
        self.stem = stem

    def forward(self, image_BCHW: Tensor) -> Tensor:
        """Compute what the stem computes of the whole image, whose rows are a multiple of 4."""

        def compute(rows: slice) -> Tensor:
            stemmed: Tensor = self.stem(image_BCHW[:, :, rows.start * STRIDE : rows.stop * STRIDE])
            return stemmed

        return in_strips(image_BCHW.shape[2] // STRIDE, compute)


class HeadsInStrips(nn.Module):
    """Merges the finest level and reads the joined heads strip by strip.

    Args:
        pyramid: its finest level is neither smoothed nor branched off.
        heads: what :func:`model.engines.single_pass.join_heads` made.
    """

    def __init__(self, pyramid: FeaturePyramid, heads: nn.Module) -> None:
        super().__init__()
        self.pyramid = pyramid
        self.heads = heads

    def forward(self, levels: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Compute heat map and sizes beside each other, B3HW, and the coarse map."""
        coarser = self.pyramid.merged(levels, finest=COARSE)[0]

        def compute(rows: slice) -> Tensor:
            half = slice(rows.start // 2, rows.stop // 2)
            fine = self.pyramid.with_coarser(0, levels[0][:, :, rows], coarser[:, :, half])
            both_B3HW: Tensor = self.heads(fine)
            return both_B3HW

        return in_strips(levels[0].shape[2], compute), self.pyramid.smooths[COARSE](coarser)


def compute_stem_in_strips(module: nn.Module) -> None:
    """Replace HGNetV2's stem by one that computes in strips, in place."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, StemV2):
                parent.add_module(name, StemInStrips(child))


def compute_heads_in_strips(network: CharacterDetector) -> None:
    """Let the heads be read in strips, in place, if nothing else reads the finest map.

    Args:
        network: its heads joined.
    """
    heads = network.joined_heads
    alone = network.class_head.reads_coarse and not network.pyramid.branches
    if heads is not None and alone:
        network.heads_in_strips = HeadsInStrips(network.pyramid, heads)
