"""One optimisation step and everything it needs, free of files, clocks and progress bars."""

import copy
import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model.detector import CharacterDetector
from model.losses import Batch, Losses, training_losses
from model.precision import autocast


@dataclass(frozen=True, slots=True)
class TrainingConfiguration:
    """How a reader is trained.

    Attributes:
        steps: optimisation steps of the whole run.
        batch_size: crops per step.
        crop_size: side of a crop in pixels, a multiple of 32.
        learning_rate: the highest learning rate, after the warm-up.
        weight_decay: of the weights; biases and normalisation are not decayed.
        warmup_steps: steps of linear warm-up, before the cosine goes down to zero.
        clip_norm: gradients are scaled down to this norm.
        ema_decay: decay per step of the averaged weights that are evaluated and shipped.
        seed: of weights, crops and noise; equal seeds give equal runs on equal machines.

    Raises:
        ValueError: if a value is out of its range.
    """

    steps: int = 6000
    batch_size: int = 4
    crop_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_steps: int = 100
    clip_norm: float = 5.0
    ema_decay: float = 0.998
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "crop_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.crop_size % 32:
            raise ValueError(f"crop_size must be a multiple of 32, got {self.crop_size}")
        if not self.learning_rate > 0 or self.weight_decay < 0 or self.clip_norm <= 0:
            raise ValueError("learning_rate and clip_norm must be positive, weight_decay 0 or more")
        if self.warmup_steps < 0 or self.seed < 0:
            raise ValueError("warmup_steps and seed must be 0 or more")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must lie in [0, 1), got {self.ema_decay}")

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)

    def learning_rate_at(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to zero at the last step."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / max(1, self.steps - self.warmup_steps)
        return self.learning_rate * (1 + math.cos(math.pi * min(1.0, progress))) / 2


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step saw: plain numbers for logs."""

    step: int
    loss: float
    heatmap_loss: float
    size_loss: float
    class_loss: float
    class_accuracy: float
    gradient_norm: float
    learning_rate: float


class DivergedError(ArithmeticError):
    """The loss or the gradient is no longer finite; the weights of the last checkpoint are."""


def build_optimizer(detector: nn.Module, configuration: TrainingConfiguration) -> torch.optim.AdamW:
    """AdamW that decays matrices and kernels, not biases and normalisation."""
    decayed = [p for p in detector.parameters() if p.ndim > 1]
    others = [p for p in detector.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": configuration.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    on_gpu = next(detector.parameters()).is_cuda
    return torch.optim.AdamW(groups, lr=configuration.learning_rate, fused=on_gpu)


class Trainer:
    """Holds what changes while a detector learns; every step depends on this state alone.

    Args:
        detector: the network, on its device.
        configuration: how to train it.
        reject_class: class number of the reject class.
        precision: what :func:`model.precision.choose_precision` returned.
    """

    def __init__(
        self,
        detector: CharacterDetector,
        configuration: TrainingConfiguration,
        reject_class: int,
        precision: torch.dtype,
    ) -> None:
        self.detector = detector
        self.configuration = configuration
        self.reject_class = reject_class
        self.precision = precision
        self.device = next(detector.parameters()).device
        self.optimizer = build_optimizer(detector, configuration)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=precision is torch.float16)
        self.averaged = copy.deepcopy(detector).requires_grad_(requires_grad=False).eval()
        self.step = 0

    def advance(self, batch: Batch) -> StepReport:
        """Take one step.

        Raises:
            DivergedError: if loss or gradient is not finite.
        """
        learning_rate = self.configuration.learning_rate_at(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        # Noise depends on the step alone, so that a resumed run repeats it without saved state.
        torch.manual_seed(self.configuration.seed * 1_000_003 + self.step)
        self.detector.train()
        with autocast(self.device, self.precision):
            losses = training_losses(self.detector, batch.to(self.device), self.reject_class)
        gradient_norm = self._descend(losses.total)
        self._check_finite(losses, gradient_norm)
        self._average()
        self.step += 1
        return _report(self.step, losses, gradient_norm, learning_rate)

    def state_dict(self) -> dict[str, Any]:
        """Everything that resuming bit for bit needs."""
        return {
            "step": self.step,
            "configuration": self.configuration.to_dict(),
            "detector": self.detector.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of :meth:`state_dict`."""
        self.step = int(state["step"])
        self.detector.load_state_dict(state["detector"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])

    def _descend(self, loss: Tensor) -> float:
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch's own
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.detector.parameters(), self.configuration.clip_norm)
        if torch.isfinite(norm) or self.scaler.is_enabled():
            self.scaler.step(self.optimizer)  # fp16: skips the step itself and lowers the scale
            self.scaler.update()
        return float(norm)

    def _check_finite(self, losses: Losses, gradient_norm: float) -> None:
        loss = losses.total.item()
        overflowed = not math.isfinite(gradient_norm) and not self.scaler.is_enabled()
        if overflowed or not math.isfinite(loss):
            raise DivergedError(
                f"step {self.step}: loss {loss}, gradient norm {gradient_norm}; "
                "lower the learning rate and resume from the last checkpoint"
            )

    @torch.no_grad()
    def _average(self) -> None:
        # The average of the first steps would remember random weights for 1 / (1 - decay) steps.
        decay = min(self.configuration.ema_decay, (1 + self.step) / (10 + self.step))
        current = self.detector.state_dict()
        for name, average in self.averaged.state_dict().items():
            if average.is_floating_point():
                average.lerp_(current[name], 1 - decay)
            else:
                average.copy_(current[name])


def _report(step: int, losses: Losses, gradient_norm: float, learning_rate: float) -> StepReport:
    return StepReport(
        step=step,
        loss=losses.total.item(),
        heatmap_loss=losses.heatmap.item(),
        size_loss=losses.size.item(),
        class_loss=losses.classes.item(),
        class_accuracy=losses.accuracy.item(),
        gradient_norm=gradient_norm,
        learning_rate=learning_rate,
    )
