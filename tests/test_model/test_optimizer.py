"""The optimiser: what decays, and apex only where it can work."""

import pytest
import torch
from torch import nn

from model.optimizer import ApexUnavailableError, build_optimizer


def test_only_weights_decay() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))

    optimizer = build_optimizer(network, "adamw", 1e-3, weight_decay=0.1)

    decays = {
        id(parameter): group["weight_decay"]
        for group in optimizer.param_groups
        for parameter in group["params"]
    }
    assert [decays[id(p)] for p in network.parameters()] == [0.1, 0.0, 0.0, 0.0]


def test_apex_without_a_gpu_is_refused_in_one_sentence() -> None:
    with pytest.raises(ApexUnavailableError, match="needs a CUDA device"):
        build_optimizer(nn.Linear(1, 1), "apex", 1e-3, 0.0)


def test_apex_that_is_not_nvidias_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.Tensor, "is_cuda", property(lambda _: True))

    with pytest.raises(ApexUnavailableError, match="on PyPI is something else"):
        build_optimizer(nn.Linear(1, 1), "apex", 1e-3, 0.0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_adamw_is_fused_on_a_gpu() -> None:
    network = nn.Linear(4, 4).cuda()
    optimizer = build_optimizer(network, "adamw", 1e-3, 0.0)

    network(torch.ones(1, 4, device="cuda")).sum().backward()
    optimizer.step()

    assert optimizer.defaults["fused"]
