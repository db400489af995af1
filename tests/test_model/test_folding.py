"""Batch normalisation folded into convolutions computes the same."""

import pytest
import torch
from network_maps import assert_same_maps, images_of
from torch import nn

from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.engines.folding import fold_batch_norms


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
