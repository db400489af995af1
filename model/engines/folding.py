"""The same network in fewer passes over memory: norms and scales go into the convolutions."""

import torch
from timm.models.hgnet import ConvBNAct, LearnableAffineBlock
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(module: nn.Module) -> None:
    """Fold each batch norm that follows a convolution in the same parent module, in place.

    Args:
        module: in evaluation mode; its children are called in the order in which they were
            registered, as in timm's networks and in ours.
    """
    before = ""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and before:
            parent, last = _last_layer(module, before)
            convolution = parent.get_submodule(last)
            if isinstance(convolution, nn.Conv2d):
                parent.add_module(last, fuse_conv_bn_eval(convolution, child))
                module.add_module(name, _rest_of(child))
        fold_batch_norms(child)
        before = name


def _last_layer(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    """What computes last in a child, as its parent and name: a deep stem is a sequence."""
    child = module.get_submodule(name)
    if not isinstance(child, nn.Sequential) or len(child) == 0:
        return module, name
    return _last_layer(child, str(len(child) - 1))


def _rest_of(norm: nn.BatchNorm2d) -> nn.Module:
    """Keep the activation with which timm's own kind of batch norm ends."""
    if not hasattr(norm, "act"):
        return nn.Identity()
    return nn.Sequential(norm.get_submodule("drop"), norm.get_submodule("act"))


class AtLeast(nn.Module):
    """Raises what is less to a number, in place: nothing else reads the convolution before it.

    Args:
        least: the number.
    """

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Compare each value with it."""
        return x_BCHW.clamp_min_(self.least)


def fold_affine_blocks(module: nn.Module) -> None:
    """Fold what HGNetV2 does after its activations into the convolutions before, in place.

    scale relu(x) + bias = max(scale x + bias, bias) as long as the scale is positive; where one is
    not, its block stays as it is.

    Args:
        module: in evaluation mode, its batch norms folded.
    """
    for block in module.modules():
        if not isinstance(block, ConvBNAct):
            continue
        after, convolution = block.get_submodule("lab"), block.get_submodule("conv")
        if isinstance(after, LearnableAffineBlock) and isinstance(convolution, nn.Conv2d):
            scale, bias = after.scale.detach(), after.bias.detach()
            if scale.item() > 0 and convolution.bias is not None:
                convolution.weight.data *= scale
                convolution.bias.data.mul_(scale).add_(bias)
                block.add_module("act", AtLeast(bias.item()))
                block.add_module("lab", nn.Identity())


class PairwiseMaxima(nn.Module):
    """Max-pooling over 2 x 2 cells at stride 1, as maxima of neighbouring rows and columns.

    On a processor it is faster than torch's own pooling: benchmarks/engines.py.

    Shapes: (B, C, H, W) to (B, C, H - 1, W - 1).
    """

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Compute the maximum of each cell and those at its right and below."""
        rows_BCHW = torch.maximum(x_BCHW[:, :, :-1], x_BCHW[:, :, 1:])
        return torch.maximum(rows_BCHW[..., :-1], rows_BCHW[..., 1:])


def split_small_pools(module: nn.Module) -> None:
    """Replace each max-pooling over 2 x 2 cells at stride 1, in place."""
    for parent in module.modules():
        for name, child in parent.named_children():
            if isinstance(child, nn.MaxPool2d) and _is_small(child):
                parent.add_module(name, PairwiseMaxima())


def _is_small(pool: nn.MaxPool2d) -> bool:
    fields = pool.kernel_size, pool.stride, pool.padding, pool.dilation
    return fields == (2, 1, 0, 1) and not pool.return_indices
