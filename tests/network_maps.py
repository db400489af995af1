"""Images for networks, and whether two networks compute the same of them."""

import numpy as np
import torch
from torch import Tensor

from model.detector import Maps


def images_of(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """Random pixels of a shape, BCHW."""
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def assert_same_maps(maps: Maps, expected: Maps, tolerance: float) -> None:
    """Compare all maps of images, within an absolute and relative tolerance."""
    for name in ("heatmap_BHW", "log_size_B2HW", "features_BCHW"):
        value, other = getattr(maps, name), getattr(expected, name)
        assert value.shape == other.shape
        assert torch.allclose(value.float(), other, atol=tolerance, rtol=tolerance), name
