"""Presets are complete, valid, and cost what their descriptions say."""

import pytest
import torch

from model.class_head import CosineLinear
from model.configuration import DetectorConfiguration
from model.cost import detector_cost
from model.detector import CharacterDetector
from model.presets import PRESETS, preset_of


@pytest.mark.parametrize(
    ("name", "millions", "giga_operations"),
    [("builtin", 4.8, 28), ("base", 33.7, 276), ("fifth-place", 52.2, 600)],
)
def test_a_preset_costs_what_it_says(name: str, millions: float, giga_operations: int) -> None:
    cost = detector_cost(PRESETS[name]().detector)

    assert cost.parameters / 1e6 == pytest.approx(millions, abs=0.05)
    assert cost.operations / 1e9 == pytest.approx(giga_operations, abs=0.5)


@pytest.mark.parametrize("name", PRESETS)
def test_an_architecture_tells_its_preset(name: str) -> None:
    detector = PRESETS[name]().detector

    assert preset_of(DetectorConfiguration.from_dict(detector.to_dict())) == name


def test_an_architecture_of_no_preset_is_an_error() -> None:
    with pytest.raises(ValueError, match="none of the presets builtin, base, fifth-place"):
        preset_of(DetectorConfiguration(fpn_channels=32))


def test_cosine_logits_do_not_depend_on_the_length_of_an_embedding() -> None:
    layer = CosineLinear(8, 5)
    embedding = torch.randn(3, 8)

    torch.testing.assert_close(layer(embedding), layer(embedding * 7))


@pytest.mark.parametrize("logits", ["linear", "cosine"])
@pytest.mark.parametrize("sampling", ["box", "cells"])
@pytest.mark.parametrize("count", [0, 1, 64, 65])
def test_every_class_head_names_as_many_as_asked(logits: str, sampling: str, count: int) -> None:
    configuration = DetectorConfiguration.from_dict(
        {
            "fpn_channels": 16,
            "embedding_channels": 16,
            "class_logits": logits,
            "class_sampling": sampling,
        }
    )
    detector = CharacterDetector(configuration, 5).eval()
    maps = detector(torch.zeros((1, 1, 64, 64), dtype=torch.uint8))
    boxes = torch.tensor([[4.0, 4.0, 20.0, 20.0]]).repeat(count, 1)

    named = detector.classify(maps.features_BCHW, boxes, torch.zeros(count, dtype=torch.long))

    assert named.shape == (count, 5)
    if count:
        torch.testing.assert_close(named, named[:1].expand(count, -1))
