"""Training crops as tensors."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT

# A character with a place but no name, since the class list lacks it or nobody knows it, and a
# region of which nobody knows what it holds.
UNKNOWN_CLASS, IGNORED_CLASS = UNKNOWN_CODEPOINT, IGNORED_CODEPOINT


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Training crops as tensors.

    Attributes:
        image_BCHW: uint8 crops.
        boxes_N4: float32 boxes (x, y, width, height) in crop pixels, of all crops.
        classes_N: int64 class numbers; ``UNKNOWN_CLASS`` and ``IGNORED_CLASS`` are none.
        pages_N: int64 index of the crop that each box belongs to.
    """

    image_BCHW: Tensor
    boxes_N4: Tensor
    classes_N: Tensor
    pages_N: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Copy the batch to a device."""
        return Batch(
            self.image_BCHW.to(device, non_blocking=True),
            self.boxes_N4.to(device, non_blocking=True),
            self.classes_N.to(device, non_blocking=True),
            self.pages_N.to(device, non_blocking=True),
        )

    def pin_memory(self) -> "Batch":
        """Move the batch into page-locked memory, from which a GPU copies by itself."""
        return Batch(
            self.image_BCHW.pin_memory(),
            self.boxes_N4.pin_memory(),
            self.classes_N.pin_memory(),
            self.pages_N.pin_memory(),
        )

    def where(self, kept_N: Tensor) -> "Batch":
        """Keep some of the boxes and every crop."""
        return replace(
            self,
            boxes_N4=self.boxes_N4[kept_N],
            classes_N=self.classes_N[kept_N],
            pages_N=self.pages_N[kept_N],
        )
