"""The curves of a training run: in the checkpoint, in TensorBoard's files, and as a picture."""

import io
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, astuple, fields
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from model.training import StepReport
from tasks.object_store import ObjectStore

FIGURES = tuple(field.name for field in fields(StepReport) if field.name != "step")
SMOOTHED_STEPS = 50  # the loss of single steps is noisier than what there is to see
PANELS = (
    ("loss", ("loss", "heatmap_loss", "size_loss", "class_loss")),
    ("share of characters named right", ("class_accuracy",)),
    ("gradient norm", ("gradient_norm",)),
    ("learning rate", ("learning_rate",)),
)


class TrainingLog:
    """Every step's figures since the first; a context manager.

    Args:
        store: of the run; TensorBoard's files go to ``tensorboard/``, the picture to
            ``curves.png``.
        reports: the steps before this start of the run.
    """

    def __init__(self, store: ObjectStore, reports: Sequence[StepReport] = ()) -> None:
        self.store = store
        self.reports = list(reports)
        self._folder = Path(tempfile.mkdtemp(prefix="kuzushiji-curves-"))
        # What a killed run logged behind its last checkpoint is not shown any more.
        self._writer = SummaryWriter(str(self._folder), purge_step=len(self.reports) + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, report: StepReport, waiting_share: float) -> None:
        """Note one step, and the share of time that the trainer has waited for crops so far."""
        self.reports.append(report)
        for name, value in asdict(report).items():
            if name != "step":
                self._writer.add_scalar(name, value, report.step)
        self._writer.add_scalar("waiting_share", waiting_share, report.step)

    def save(self) -> None:
        """Write TensorBoard's files and the picture to the store."""
        self._writer.flush()
        for path in self._folder.iterdir():
            self.store.put(f"tensorboard/{path.name}", path.read_bytes())
        self.store.put("curves.png", draw_curves(self.reports))

    def to_tensor(self) -> Tensor:
        """All steps as a float64 tensor for the checkpoint, S steps x figures of a report."""
        rows = [astuple(report) for report in self.reports]
        return torch.tensor(rows, dtype=torch.float64).reshape(-1, 1 + len(FIGURES))


def reports_from_tensor(values: Tensor) -> list[StepReport]:
    """Read what :meth:`TrainingLog.to_tensor` wrote."""
    return [StepReport(int(step), *figures) for step, *figures in values.tolist()]


def draw_curves(reports: Sequence[StepReport]) -> bytes:
    """Draw losses, accuracy, gradient norm and learning rate over the steps, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6), layout="constrained")
    steps = np.array([report.step for report in reports])
    for axes, (title, names) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        for name in names:
            values = np.array([getattr(report, name) for report in reports])
            window = max(1, min(SMOOTHED_STEPS, len(values) // 4))
            smooth = np.convolve(values, np.ones(window) / window, "valid")
            axes.plot(steps[window - 1 :], smooth, label=name.replace("_", " "))
        axes.set_title(title, loc="left")
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if len(names) > 1:
            axes.legend()
            axes.set_yscale("log")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    return buffer.getvalue()
