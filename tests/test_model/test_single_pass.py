"""Joined heads and levels written beside each other compute what the network computes."""

import pytest
import torch
from network_maps import assert_same_maps, images_of, used_detector

from model.engines.folding import fold_batch_norms
from model.engines.single_pass import WrittenBeside, join_heads, write_levels_beside
from model.feature_pyramid import Beside


@pytest.mark.parametrize(
    ("backbone", "sampling", "level_channels", "head_channels"),
    [("hgnetv2_b0", "box", 0, 8), ("resnet18d", "cells", 8, 0), ("resnet18d", "cells", 8, 8)],
)
def test_one_pass_changes_nothing(
    backbone: str, sampling: str, level_channels: int, head_channels: int
) -> None:
    detector = used_detector(
        backbone=backbone,
        level_channels=level_channels,
        head_channels=head_channels,
        class_sampling=sampling,
    )
    with torch.inference_mode():
        before = detector(images_of((1, 1, 96, 64), seed=1))
        fold_batch_norms(detector)
        join_heads(detector)
        write_levels_beside(detector)
        detector.heatmap, detector.size = torch.nn.Sequential(), torch.nn.Sequential()
        after = detector(images_of((1, 1, 96, 64), seed=1))

    assert_same_maps(after, before, 1e-3)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_levels_written_beside_are_the_same(layout: torch.memory_format) -> None:
    shapes = [(2, 3, 8, 12), (2, 2, 4, 6), (2, 5, 2, 3)]
    levels = [images_of(shape).float().contiguous(memory_format=layout) for shape in shapes]

    assert torch.equal(WrittenBeside()(levels), Beside()(levels))
