"""One optimisation step and everything it needs, free of files, clocks and progress bars."""

import copy
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from model.batch import Batch
from model.detector import CharacterDetector
from model.losses import Losses, training_losses
from model.mixed_precision import quicken_autocast
from model.optimizer import build_optimizer
from model.photometric import change_light
from model.precision import autocast
from model.training_configuration import TrainingConfiguration

EXPLOSION = 20.0  # times the usual loss; the noisiest step of the runs so far had 3 times
USUAL_DECAY = 0.98  # of the running mean that tells what is usual
SETTLING_STEPS = 200  # before, the loss falls too quickly for a usual one


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
    """The loss or the gradient left every bound; the weights of the last checkpoint are sound.

    Attributes:
        step: number of the step.
        batches: what was to be learnt from, for a closer look.
    """

    def __init__(self, message: str, step: int, batches: Sequence[Batch]) -> None:
        super().__init__(message)
        self.step = step
        self.batches = batches


class _Objective(nn.Module):
    """From crops to losses in one forward pass, which is what DistributedDataParallel wraps."""

    def __init__(
        self, detector: CharacterDetector, configuration: TrainingConfiguration, reject_class: int
    ) -> None:
        super().__init__()
        self.detector = detector
        self.configuration = configuration
        self.reject_class = reject_class

    def forward(self, batch: Batch) -> Losses:
        """Compute the losses of one batch."""
        return training_losses(self.detector, batch, self.reject_class, self.configuration.losses)


class Trainer:
    """Holds what changes while a detector learns; every step depends on this state alone.

    Where torch's process group is initialised, its processes share the passes of each step.

    Args:
        detector: the network, on its device.
        configuration: how to train it.
        reject_class: class number of the reject class.
        precision: what :func:`model.precision.choose_precision` returned.
        compiled: let ``torch.compile`` fuse the network; worth its minutes on a GPU.

    Raises:
        ApexUnavailableError: if apex is asked for and cannot work here.
        ValueError: if the processes cannot share the passes of a step evenly.
    """

    def __init__(
        self,
        detector: CharacterDetector,
        configuration: TrainingConfiguration,
        reject_class: int,
        precision: torch.dtype,
        *,
        compiled: bool = False,
    ) -> None:
        self.detector = detector
        self.configuration = configuration
        self.precision = precision
        if precision is not torch.float32:
            quicken_autocast(detector)
        self.device = next(detector.parameters()).device
        self.optimizer = build_optimizer(
            detector,
            configuration.optimizer,
            configuration.learning_rate,
            configuration.weight_decay,
        )
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=precision is torch.float16)
        self.averaged = copy.deepcopy(detector).requires_grad_(requires_grad=False).eval()
        self.step = 0
        self.usual_loss = 0.0
        self.rank, self.processes = _rank_and_processes()
        if configuration.passes_per_step % self.processes:
            raise ValueError(
                f"batch_size / micro_batch_size = {configuration.passes_per_step} passes cannot be "
                f"shared by {self.processes} processes; make it a multiple"
            )
        if compiled:
            detector.compile()
        objective = _Objective(detector, configuration, reject_class)
        self.objective: nn.Module = (
            DistributedDataParallel(objective, forward_sync_buffers=False)
            if self.processes > 1
            else objective
        )

    @property
    def passes(self) -> range:
        """Which passes of a step are this process's."""
        share = self.configuration.passes_per_step // self.processes
        return range(self.rank * share, (self.rank + 1) * share)

    def advance(self, batches: Sequence[Batch]) -> StepReport:
        """Take one step.

        Args:
            batches: the crops of this process's passes, one batch each.

        Raises:
            DivergedError: if loss or gradient is not finite, or the loss explodes.
        """
        learning_rate = self.configuration.learning_rate_at(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.detector.train()
        self.optimizer.zero_grad(set_to_none=True)
        terms = torch.stack(
            [self._pass(batch, n) for batch, n in zip(batches, self.passes, strict=True)]
        )
        losses = self._mean_over_processes(terms.mean(0)).tolist()
        gradient_norm = self._descend()
        self._check(losses[0], gradient_norm, batches)
        self._share_statistics()
        self._average()
        self.step += 1
        loss, heatmap, size, classes, accuracy = losses
        return StepReport(
            self.step, loss, heatmap, size, classes, accuracy, gradient_norm, learning_rate
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything that resuming bit for bit needs."""
        return {
            "step": self.step,
            "usual_loss": self.usual_loss,
            "configuration": self.configuration.to_dict(),
            "detector": self.detector.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of :meth:`state_dict`."""
        self.step = int(state["step"])
        self.usual_loss = float(state["usual_loss"])
        self.detector.load_state_dict(state["detector"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])

    def _pass(self, batch: Batch, number: int) -> Tensor:
        """Add the gradient of one pass; return its loss terms in the order of StepReport."""
        # Noise depends on step and pass alone, so that a resumed run repeats it without saved
        # state, and so that it does not matter which process does the pass.
        torch.manual_seed((self.configuration.seed * 1_000_003 + self.step) * 4099 + number)
        batch = batch.to(self.device)
        batch = Batch(
            change_light(batch.image_BCHW), batch.boxes_N4, batch.classes_N, batch.pages_N
        )
        with self._synchronised(last=number == self.passes[-1]):
            with autocast(self.device, self.precision):
                losses: Losses = self.objective(batch)
            loss = losses.total / len(self.passes)
            self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]  # torch's own
        terms = (losses.total, losses.heatmap, losses.size, losses.classes, losses.accuracy)
        return torch.stack([term.detach().float() for term in terms])

    def _synchronised(self, *, last: bool) -> AbstractContextManager[object]:
        """Exchange gradients between processes in the last pass of a step only."""
        if isinstance(self.objective, DistributedDataParallel) and not last:
            return self.objective.no_sync()
        return nullcontext()

    def _mean_over_processes(self, values: Tensor) -> Tensor:
        if self.processes > 1:
            distributed.all_reduce(values)
            values /= self.processes
        return values

    def _descend(self) -> float:
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.detector.parameters(), self.configuration.clip_norm)
        if torch.isfinite(norm) or self.scaler.is_enabled():
            self.scaler.step(self.optimizer)  # fp16: skips the step itself and lowers the scale
            self.scaler.update()
        return float(norm)

    def _check(self, loss: float, gradient_norm: float, batches: Sequence[Batch]) -> None:
        overflowed = not math.isfinite(gradient_norm) and not self.scaler.is_enabled()
        exploded = self.step >= SETTLING_STEPS and loss > EXPLOSION * self.usual_loss
        if overflowed or exploded or not math.isfinite(loss):
            raise DivergedError(
                f"step {self.step}: loss {loss:.3g} (usually {self.usual_loss:.3g}), gradient norm "
                f"{gradient_norm:.3g}; lower the learning rate and resume from the last checkpoint",
                self.step,
                batches,
            )
        decay = min(USUAL_DECAY, self.step / (self.step + 1))
        self.usual_loss = decay * self.usual_loss + (1 - decay) * loss

    def _share_statistics(self) -> None:
        """Give every process the mean of all processes' normalisation statistics."""
        buffers = [b for b in self.detector.buffers() if b.is_floating_point()]
        if self.processes > 1:
            mean = self._mean_over_processes(nn.utils.parameters_to_vector(buffers))
            nn.utils.vector_to_parameters(mean, buffers)

    @torch.no_grad()
    def _average(self) -> None:
        """Move the averaged weights towards the current ones; normalisation statistics too."""
        # The average of the first steps would remember random weights for 1 / (1 - decay) steps.
        decay = min(self.configuration.ema_decay, (1 + self.step) / (10 + self.step))
        current = cast("dict[str, Tensor]", self.detector.state_dict())
        for name, average in self.averaged.state_dict().items():
            if average.is_floating_point():
                average.lerp_(current[name], 1 - decay)
            else:
                average.copy_(current[name])


def _rank_and_processes() -> tuple[int, int]:
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1
