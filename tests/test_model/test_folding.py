"""The network computes the same, whatever is folded, split or computed in strips."""

import pytest
import torch
from network_maps import assert_same_maps, images_of, used_detector
from timm.models.hgnet import LearnableAffineBlock
from torch import nn

from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.engines.folding import (
    PairwiseMaxima,
    fold_affine_blocks,
    fold_batch_norms,
    split_small_pools,
)


@pytest.mark.parametrize(
    ("backbone", "sampling", "level_channels"),
    [("hgnetv2_b0", "box", 0), ("resnet18d", "cells", 8), ("efficientnet_lite0", "box", 0)],
)
def test_folded_batch_norms_change_nothing(
    backbone: str, sampling: str, level_channels: int
) -> None:
    detector = used_detector(
        backbone=backbone, level_channels=level_channels, class_sampling=sampling
    )
    with torch.inference_mode():
        before = detector(images_of((1, 1, 96, 64), seed=1))
        fold_batch_norms(detector)
        after = detector(images_of((1, 1, 96, 64), seed=1))

    assert not any(type(part) is nn.BatchNorm2d for part in detector.modules())
    assert_same_maps(after, before, 1e-3)


@pytest.mark.parametrize("scale", [0.3, 1.7, -0.5])
def test_folded_scales_change_nothing(scale: float) -> None:
    torch.manual_seed(0)
    configuration = DetectorConfiguration(
        backbone="hgnetv2_b0", fpn_channels=16, embedding_channels=16
    )
    detector = CharacterDetector(configuration, 9).eval()
    blocks = [part for part in detector.modules() if isinstance(part, LearnableAffineBlock)]
    with torch.inference_mode():
        for block in blocks:
            block.scale.fill_(scale)
            block.bias.fill_(-0.2)
        fold_batch_norms(detector)
        before = detector(images_of((1, 1, 96, 64)))
        fold_affine_blocks(detector)
        after = detector(images_of((1, 1, 96, 64)))

    left = [part for part in detector.modules() if isinstance(part, LearnableAffineBlock)]
    assert len(blocks) == 30
    assert left == ([] if scale > 0 else blocks)
    assert_same_maps(after, before, 1e-3)


def test_split_pools_compute_the_same() -> None:
    torch.manual_seed(0)
    configuration = DetectorConfiguration(
        backbone="hgnetv2_b0", fpn_channels=16, embedding_channels=16
    )
    detector = CharacterDetector(configuration, 9).eval()
    larger = nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(2))
    with torch.inference_mode():
        before = detector(images_of((2, 1, 96, 64)))
        split_small_pools(detector)
        split_small_pools(larger)
        after = detector(images_of((2, 1, 96, 64)))

    assert sum(isinstance(part, PairwiseMaxima) for part in detector.modules()) == 1
    assert not any(isinstance(part, PairwiseMaxima) for part in larger.modules())
    assert_same_maps(after, before, 1e-6)
