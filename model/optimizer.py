"""The optimiser: torch's fused AdamW, or NVIDIA apex's where it is asked for."""

import importlib
from typing import Literal, cast

import torch
from torch import nn

OptimizerName = Literal["adamw", "apex"]


class ApexUnavailableError(RuntimeError):
    """NVIDIA apex was asked for and cannot work here."""


def build_optimizer(
    network: nn.Module, name: OptimizerName, learning_rate: float, weight_decay: float
) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019) that decays kernels, not biases and normalisation.

    Args:
        network: on its device.
        name: ``adamw``, or ``apex`` for ``apex.optimizers.FusedAdam``.
        learning_rate: the first learning rate.
        weight_decay: of parameters with two dimensions and more.

    Raises:
        ApexUnavailableError: if apex is asked for, and is missing or has no GPU to work on.
    """
    groups = [
        {
            "params": [p for p in network.parameters() if p.ndim > 1],
            "weight_decay": weight_decay,
        },
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if name == "apex":
        return _apex_adam(groups, learning_rate, on_gpu=next(network.parameters()).is_cuda)
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


def _apex_adam(
    groups: list[dict[str, object]], learning_rate: float, *, on_gpu: bool
) -> torch.optim.Optimizer:
    if not on_gpu:
        raise ApexUnavailableError(
            "optimizer apex needs a CUDA device; train with --optimizer adamw"
        )
    try:
        fused_adam = importlib.import_module("apex.optimizers").FusedAdam
    except (ImportError, AttributeError) as error:
        raise ApexUnavailableError(
            "optimizer apex needs NVIDIA apex built from its repository (the package apex on PyPI "
            "is something else); train with --optimizer adamw"
        ) from error
    # adam_w_mode is FusedAdam's default: decoupled weight decay, as in AdamW
    return cast("torch.optim.Optimizer", fused_adam(groups, lr=learning_rate))
