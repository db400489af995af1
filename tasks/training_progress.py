"""Progress of a training run: a live bar in a terminal, a plain line now and then elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.training import StepReport

STEPS_BETWEEN_LINES = 50


class StepProgress:
    """Shows the steps of a training run; used as a context manager.

    Args:
        total: steps of the whole run.
        quiet: show nothing, as all but one of several processes do.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self.total = total
        self.quiet = quiet
        console = Console(stderr=True)
        self._terminal = console.is_terminal
        self._bar = Progress(
            TextColumn("[bold]steps"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            disable=quiet or not self._terminal,
        )
        self._task = self._bar.add_task("steps", total=total, figures="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, report: StepReport, waiting_share: float) -> None:
        """Show one finished step, and the share of time that the trainer has waited for crops."""
        figures = (
            f"loss {report.loss:.3f}, named right {report.class_accuracy:.3f}, "
            f"waiting {waiting_share:.1%}"
        )
        self._bar.update(self._task, completed=report.step, figures=figures)
        at_line = report.step % STEPS_BETWEEN_LINES == 0 or report.step == self.total
        if at_line and not self._terminal and not self.quiet:
            sys.stderr.write(f"step {report.step}/{self.total}: {figures}\n")
