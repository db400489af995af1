"""How a reader is trained, as a validated configuration."""

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from model.loss_configuration import LossConfiguration
from model.optimizer import OptimizerName


@dataclass(frozen=True, slots=True)
class TrainingConfiguration:
    """How a reader is trained.

    Attributes:
        steps: optimisation steps of the whole run.
        batch_size: crops per step, over all processes.
        micro_batch_size: crops per forward pass; a step follows the mean of its passes' gradients.
            The losses of a pass are means over its own characters, and batch normalisation sees
            its crops only, so that another value gives a slightly different step. None takes a
            step's crops at once. Which processes share the passes changes rounding and running
            statistics only.
        crop_size: side of a crop in pixels, a multiple of 32.
        learning_rate: the highest learning rate, after the warm-up.
        weight_decay: of the weights; biases and normalisation are not decayed.
        warmup_steps: steps of linear warm-up, before the cosine goes down to zero.
        clip_norm: gradients are scaled down to this norm.
        ema_decay: decay per step of the averaged weights that are evaluated and shipped; 0 ships
            the last weights.
        optimizer: ``adamw``, or ``apex`` for NVIDIA's fused Adam.
        losses: what is minimised.
        seed: of weights, crops and noise; equal seeds give equal runs on equal machines.

    Raises:
        ValueError: if a value is out of its range.
    """

    steps: int = 6000
    batch_size: int = 4
    micro_batch_size: int | None = None
    crop_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_steps: int = 100
    clip_norm: float = 5.0
    ema_decay: float = 0.998
    optimizer: OptimizerName = "adamw"
    losses: LossConfiguration = field(default_factory=LossConfiguration)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "crop_size", "crops_per_pass"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.batch_size % self.crops_per_pass:
            raise ValueError(
                f"batch_size must be a multiple of micro_batch_size, got {self.batch_size} and "
                f"{self.crops_per_pass}"
            )
        if self.crop_size % 32:
            raise ValueError(f"crop_size must be a multiple of 32, got {self.crop_size}")
        if not self.learning_rate > 0 or self.weight_decay < 0 or self.clip_norm <= 0:
            raise ValueError("learning_rate and clip_norm must be positive, weight_decay 0 or more")
        if self.warmup_steps < 0 or self.seed < 0:
            raise ValueError("warmup_steps and seed must be 0 or more")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must lie in [0, 1), got {self.ema_decay}")
        if self.optimizer not in ("adamw", "apex"):
            raise ValueError(f"optimizer must be adamw or apex, got {self.optimizer!r}")

    @property
    def crops_per_pass(self) -> int:
        """Crops of one forward pass."""
        return self.batch_size if self.micro_batch_size is None else self.micro_batch_size

    @property
    def passes_per_step(self) -> int:
        """Forward passes of one step, over all processes."""
        return self.batch_size // self.crops_per_pass

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the configuration from plain JSON values.

        Raises:
            ValueError: if a key is unknown or a value is out of its range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown keys in the training configuration: {sorted(unknown)}")
        losses = LossConfiguration.from_dict(values.get("losses", {}))
        return cls(**{**values, "losses": losses})

    def learning_rate_at(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to zero at the last step."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        progress = (step - self.warmup_steps) / max(1, self.steps - self.warmup_steps)
        return self.learning_rate * (1 + math.cos(math.pi * min(1.0, progress))) / 2
