"""The quicker layers compute what the layers that they replace compute."""

import copy

import pytest
import torch
from timm.models.hgnet import LearnableAffineBlock
from torch import nn

from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.mixed_precision import Float32Convolution, quicken_autocast


def both(layer: nn.Module) -> tuple[nn.Module, nn.Module]:
    quick = copy.deepcopy(layer)
    quicken_autocast(nn.ModuleList([quick]))
    assert type(quick) is not type(layer)
    return layer, quick


def gradients(layer: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    with torch.autocast("cpu", torch.bfloat16):
        layer(x).float().square().sum().backward()
    return [parameter.grad for parameter in layer.parameters() if parameter.grad is not None]


@pytest.mark.parametrize(
    "layer",
    [LearnableAffineBlock(0.7, -0.2), nn.Conv2d(6, 6, 5, padding=2, groups=6, bias=False)],
    ids=["affine", "depthwise"],
)
def test_values_and_gradients_are_those_of_the_layer(layer: nn.Module) -> None:
    slow, quick = both(layer)
    x = torch.randn(2, 6, 12, 12, generator=torch.Generator().manual_seed(3)).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        assert quick(x).dtype is torch.bfloat16
        assert torch.allclose(quick(x).float(), slow(x).float(), atol=0.02, rtol=0.02)
    for mine, theirs in zip(gradients(quick, x), gradients(slow, x), strict=True):
        assert mine.dtype is torch.float32
        assert torch.allclose(mine, theirs, rtol=0.02, atol=0.02 * float(theirs.abs().max()))


def test_maps_stay_in_bfloat16_through_the_whole_backbone() -> None:
    detector = CharacterDetector(DetectorConfiguration(), 8).train()
    widened = count_float32(copy.deepcopy(detector))
    quicken_autocast(detector)
    assert widened > 0
    assert count_float32(detector) == 0


def count_float32(detector: CharacterDetector) -> int:
    """Convolutions that are given a map of float32, the image itself aside."""
    seen = []
    for layer in detector.backbone.modules():
        if isinstance(layer, nn.Conv2d) and layer.in_channels > 1:
            layer.register_forward_pre_hook(lambda _, x: seen.append(x[0].dtype))
    with torch.autocast("cpu", torch.bfloat16):
        detector(torch.zeros(1, 1, 64, 64, dtype=torch.uint8))
    return seen.count(torch.float32)


def test_names_of_weights_and_layers_without_need_stay() -> None:
    detector = CharacterDetector(DetectorConfiguration(), 8)
    before = list(detector.state_dict())
    dense = [m for m in detector.modules() if isinstance(m, nn.Conv2d) and m.groups == 1]
    quicken_autocast(detector)
    assert list(detector.state_dict()) == before
    assert not any(isinstance(layer, Float32Convolution) for layer in dense)
