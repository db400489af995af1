"""The reader's network: a CenterNet re-thought for thousands of classes.

One class-agnostic centre heat map and a size head at stride 4 (Zhou et al. 2019, "Objects as
Points"), classes only at centres (:mod:`model.class_head`).
Shapes: B batch, C channels, H W input rows and columns (multiples of 32), N characters.
"""

import math
from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from model.class_head import BoxClassHead, CellClassHead
from model.configuration import DetectorConfiguration
from model.feature_pyramid import FeaturePyramid, build_backbone, convolution

SIZE_MULTIPLE = 32  # the coarsest stride: inputs are padded to its multiples
INITIAL_PEAK_PROBABILITY = 0.01  # about the share of cells that are centres; keeps the start calm


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Dense outputs of the network.

    Attributes:
        heatmap_BHW: logits that a character's centre lies in the cell, at stride 4.
        log_size_B2HW: natural logarithm of (width, height) in units of the character size.
        features_BCHW: what the class head reads, at its stride.
    """

    heatmap_BHW: Tensor
    log_size_B2HW: Tensor
    features_BCHW: Tensor


def _map_head(channels: int, hidden: int, outputs: int) -> nn.Sequential:
    if hidden == 0:
        return nn.Sequential(nn.Conv2d(channels, outputs, 3, padding=1))
    return nn.Sequential(
        convolution(channels, hidden, normalised=True), nn.Conv2d(hidden, outputs, 1)
    )


class CharacterDetector(nn.Module):
    """Finds characters and names them.

    Args:
        configuration: the architecture.
        class_count: number of classes, the reject class included.
        pretrained: start the backbone from timm's published weights (downloads them).

    Raises:
        ValueError: if the backbone is unknown or does not fit.
    """

    def __init__(
        self, configuration: DetectorConfiguration, class_count: int, *, pretrained: bool = False
    ) -> None:
        super().__init__()
        self.configuration = configuration
        self.backbone = build_backbone(configuration, pretrained=pretrained)
        self.pyramid = FeaturePyramid(self.backbone.feature_info.channels(), configuration)  # type: ignore[operator, union-attr]  # timm adds it
        hidden = configuration.head_channels
        self.heatmap = _map_head(self.pyramid.fine_channels, hidden, 1)
        self.size = _map_head(self.pyramid.fine_channels, hidden, 2)
        self.class_head: BoxClassHead | CellClassHead = (
            BoxClassHead(self.pyramid.coarse_channels, class_count, configuration)
            if configuration.class_sampling == "box"
            else CellClassHead(self.pyramid.fine_channels, class_count, configuration)
        )
        # For reading: model.engines.single_pass and .strips
        self.joined_heads: nn.Module | None = None
        self.heads_in_strips: nn.Module | None = None
        last = cast("nn.Conv2d", self.heatmap[-1])
        odds = INITIAL_PEAK_PROBABILITY / (1 - INITIAL_PEAK_PROBABILITY)
        nn.init.constant_(cast("Tensor", last.bias), math.log(odds))

    def forward(self, image_BCHW: Tensor) -> Maps:
        """Compute the dense maps of images.

        Args:
            image_BCHW: uint8 images or float images in 0 .. 255, sides multiples of 32.
        """
        levels = self._levels(image_BCHW)
        if self.heads_in_strips is not None:
            both_B3HW, coarse = self.heads_in_strips(levels)
            return Maps(both_B3HW[:, 0], both_B3HW[:, 1:], coarse)
        fine, coarse = self.pyramid(levels)
        heatmap_B1HW, log_size_B2HW = self._read_heads(fine)
        return Maps(
            heatmap_BHW=heatmap_B1HW[:, 0],
            log_size_B2HW=log_size_B2HW,
            features_BCHW=coarse if self.class_head.reads_coarse else fine,
        )

    def features(self, image_BCHW: Tensor) -> Tensor:
        """Compute only what naming needs, for boxes that are known: ``features_BCHW`` of `Maps`.

        Args:
            image_BCHW: as for :meth:`forward`.
        """
        levels = self._levels(image_BCHW)
        if self.class_head.reads_coarse:
            return self.pyramid.coarse(levels)
        fine, _ = self.pyramid(levels)
        return cast("Tensor", fine)

    def classify(self, features_BCHW: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits of some boxes.

        Args:
            features_BCHW: of `Maps`, or what :meth:`features` returned.
            boxes_N4: float boxes (x, y, width, height) in input pixels.
            pages_N: int64, the index in the batch of each box.

        Returns:
            Logits, N x classes.
        """
        logits: Tensor = self.class_head(features_BCHW, boxes_N4, pages_N)
        return logits

    def _read_heads(self, fine: Tensor) -> tuple[Tensor, Tensor]:
        if self.joined_heads is None:
            return self.heatmap(fine), self.size(fine)
        both_B3HW = self.joined_heads(fine)
        return both_B3HW[:, :1], both_B3HW[:, 1:]

    def _levels(self, image_BCHW: Tensor) -> list[Tensor]:
        dtype = next(self.parameters()).dtype
        levels: list[Tensor] = self.backbone(image_BCHW.to(dtype) / 127.5 - 1)
        return levels
