"""Batch norms disappear into the convolutions before them: one pass over memory less for each."""

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(module: nn.Module) -> None:
    """Fold each batch norm that follows a convolution in the same parent module, in place.

    Args:
        module: in evaluation mode; its children are called in the order in which they were
            registered, as in timm's networks and in ours.
    """
    before: tuple[str, nn.Module] | None = None
    for name, child in list(module.named_children()):
        if before and isinstance(before[1], nn.Conv2d) and isinstance(child, nn.BatchNorm2d):
            folded = fuse_conv_bn_eval(before[1], child)
            module.add_module(before[0], folded)
            # timm's own kind of batch norm ends with the activation.
            module.add_module(name, _rest_of(child))
        fold_batch_norms(child)
        before = name, child


def _rest_of(norm: nn.BatchNorm2d) -> nn.Module:
    drop, act = getattr(norm, "drop", nn.Identity()), getattr(norm, "act", nn.Identity())
    return nn.Sequential(drop, act) if hasattr(norm, "act") else nn.Identity()
