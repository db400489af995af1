"""Batch normalisation folded into convolutions computes the same."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector, Maps
from model.engines.folding import fold_batch_norms


def images_of(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def assert_same_maps(maps: Maps, expected: Maps, tolerance: float) -> None:
    for name in ("heatmap_BHW", "log_size_B2HW", "fine_BCHW", "coarse_BCHW"):
        value, other = getattr(maps, name), getattr(expected, name)
        assert value.shape == other.shape
        assert torch.allclose(value.float(), other, atol=tolerance, rtol=tolerance), name


@pytest.mark.parametrize(
    ("backbone", "sampling", "level_channels"),
    [("hgnetv2_b0", "box", 0), ("resnet18d", "cells", 8), ("efficientnet_lite0", "box", 0)],
)
def test_folded_batch_norms_change_nothing(
    backbone: str, sampling: str, level_channels: int
) -> None:
    torch.manual_seed(0)
    configuration = DetectorConfiguration(
        backbone=backbone,
        fpn_channels=16,
        level_channels=level_channels,
        class_sampling=sampling,  # type: ignore[arg-type]
        embedding_channels=16,
    )
    detector = CharacterDetector(configuration, 9)
    with torch.inference_mode():
        detector.train()(images_of((2, 1, 64, 64)))  # batch norms that are no identities
        detector.eval()
        before = detector(images_of((1, 1, 96, 64), seed=1))
        fold_batch_norms(detector)
        after = detector(images_of((1, 1, 96, 64), seed=1))

    assert not any(type(part) is nn.BatchNorm2d for part in detector.modules())
    assert_same_maps(after, before, 1e-3)
