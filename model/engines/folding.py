"""Batch norms disappear into the convolutions before them: one pass over memory less for each."""

from torch import nn
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
