"""The stem of the network in strips: its maps at stride 2 are the largest of all.

Shapes: B batch, C channels, H W input rows and columns.
"""

import torch
from timm.models.hgnet import StemV2
from torch import Tensor, nn

STEM_STRIDE = 4
STRIP = 256  # input rows; fewer are faster in float32 and slower in bfloat16
HALO = 8  # input rows beyond a strip on either side: the stem sees 4


class StemInStrips(nn.Module):
    """Computes a stem of stride 4 strip by strip, each with the rows around it that it needs.

    Args:
        stem: sees at most `HALO` rows beyond what a row of its output stands for.
    """

    def __init__(self, stem: nn.Module) -> None:
        super().__init__()
        self.stem = stem

    def forward(self, image_BCHW: Tensor) -> Tensor:
        """Compute what the stem computes of the whole image, whose rows are a multiple of 4."""
        rows = image_BCHW.shape[2]
        return torch.cat([self._strip(image_BCHW, top) for top in range(0, rows, STRIP)], dim=2)

    def _strip(self, image_BCHW: Tensor, top: int) -> Tensor:
        first = max(0, top - HALO)
        computed = self.stem(image_BCHW[:, :, first : top + STRIP + HALO])
        start = (top - first) // STEM_STRIDE
        strip: Tensor = computed[:, :, start : start + STRIP // STEM_STRIDE]
        return strip


def compute_stem_in_strips(module: nn.Module) -> None:
    """Replace HGNetV2's stem by one that computes in strips, in place."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, StemV2):
                parent.add_module(name, StemInStrips(child))
