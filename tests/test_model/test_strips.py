"""What is computed in strips is what is computed of the whole page."""

import pytest
import torch
from network_maps import assert_same_maps, images_of, used_detector

from model.engines.folding import fold_batch_norms
from model.engines.single_pass import join_heads
from model.engines.strips import (
    HeadsInStrips,
    StemInStrips,
    compute_heads_in_strips,
    compute_stem_in_strips,
)

HEIGHTS = [32, 256, 288, 544]  # a part of a strip, one, a little more, two and a little more


@pytest.mark.parametrize("height", HEIGHTS)
def test_a_stem_in_strips_computes_the_same(height: int) -> None:
    detector = used_detector(backbone="hgnetv2_b0")
    image = images_of((2, 1, height, 64), seed=1)
    with torch.inference_mode():
        before = detector(image)
        compute_stem_in_strips(detector)
        after = detector(image)

    assert sum(isinstance(part, StemInStrips) for part in detector.modules()) == 1
    assert_same_maps(after, before, 1e-6)


@pytest.mark.parametrize("height", HEIGHTS)
def test_heads_in_strips_compute_the_same(height: int) -> None:
    detector = used_detector(backbone="hgnetv2_b0", head_channels=8)
    image = images_of((2, 1, height, 64), seed=1)
    fold_batch_norms(detector)
    join_heads(detector)
    with torch.inference_mode():
        before = detector(image)
        compute_heads_in_strips(detector)
        after = detector(image)

    assert isinstance(detector.heads_in_strips, HeadsInStrips)
    assert_same_maps(after, before, 1e-6)


@pytest.mark.parametrize(
    "architecture",
    [{"class_sampling": "cells"}, {"class_sampling": "box", "level_channels": 8}],
)
def test_a_finest_map_that_others_read_stays_whole(architecture: dict[str, object]) -> None:
    detector = used_detector(backbone="resnet18d", **architecture)
    fold_batch_norms(detector)
    join_heads(detector)

    compute_heads_in_strips(detector)

    assert detector.heads_in_strips is None
