"""The interface between a reader and what computes its network.

Shapes: B batch, C channels, H W input rows and columns (multiples of 32), N characters.
"""

from typing import Protocol

from torch import Tensor

from model.detector import Maps


class Engine(Protocol):
    """Runs the network on a batch.

    Attributes:
        name: what computes and how precisely, such as ``torch bfloat16``.
        pixels_per_batch: of how many input pixels it is given at most at once.
        pages_at_once: how many pages are best read side by side, each on threads of its own.
        threads: that torch computes with, all together.
    """

    name: str
    pixels_per_batch: int
    pages_at_once: int
    threads: int

    def maps(self, image_BCHW: Tensor) -> Maps:
        """Compute the dense maps of images.

        Args:
            image_BCHW: uint8 images in ordinary memory, sides multiples of 32.
        """
        ...

    def features(self, image_BCHW: Tensor) -> Tensor:
        """Compute ``features_BCHW`` of the maps alone, which naming known boxes needs.

        Args:
            image_BCHW: as for :meth:`maps`.
        """
        ...

    def classify(self, features_BCHW: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits of some boxes, N x classes, in float32.

        Args:
            features_BCHW: of the maps, or what :meth:`features` returned.
            boxes_N4: float boxes (x, y, width, height) in input pixels.
            pages_N: int64, the index in the batch of each box.
        """
        ...
