"""Images for networks, and whether two networks compute the same of them."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector, Maps

SMALL = {"fpn_channels": 16, "embedding_channels": 16}


def images_of(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """Random pixels of a shape, BCHW."""
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def used_detector(**architecture: Any) -> CharacterDetector:  # noqa: ANN401 - of any field
    """A small network of 9 classes whose batch norms are no identities, in evaluation mode."""
    torch.manual_seed(0)
    configuration = DetectorConfiguration(**{**SMALL, **architecture})
    detector = CharacterDetector(configuration, 9)
    with torch.inference_mode():
        detector.train()(images_of((2, 1, 64, 64)))
    return detector.eval()


def assert_same_maps(maps: Maps, expected: Maps, tolerance: float) -> None:
    """Compare all maps of images, within an absolute and relative tolerance."""
    for name in ("heatmap_BHW", "log_size_B2HW", "features_BCHW"):
        value, other = getattr(maps, name), getattr(expected, name)
        assert value.shape == other.shape
        assert torch.allclose(value.float(), other, atol=tolerance, rtol=tolerance), name
