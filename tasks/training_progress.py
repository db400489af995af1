"""Progress of a training: a live bar in a terminal, a plain line now and then elsewhere."""

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.training import StepReport
from tasks.progress import LiveProgress

STEPS_BETWEEN_LINES = 50
SHARDS_BETWEEN_LINES = 8


class CountProgress(LiveProgress):
    """Counts things up to a total.

    Args:
        noun: what is counted, in the plural.
        total: how many there will be.
        between_lines: where there is no terminal, a line is written after so many.
        quiet: show nothing.
    """

    def __init__(self, noun: str, total: int, between_lines: int, *, quiet: bool = False) -> None:
        self.noun = noun
        self.total = total
        console = Console(stderr=True)
        self._lines_after = 0 if quiet or console.is_terminal else between_lines
        self._bar = Progress(
            TextColumn(f"[bold]{noun}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=console,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task(noun, total=total, figures="")

    def count(self, done: int, figures: str = "") -> None:
        """Show how many are done, with a remark."""
        self._bar.update(self._task, completed=done, figures=figures)
        if self._lines_after and (done % self._lines_after == 0 or done == self.total):
            remark = f": {figures}" if figures else ""
            sys.stderr.write(f"{self.noun} {done}/{self.total}{remark}\n")


class StepProgress(CountProgress):
    """Shows the steps of a training run.

    Args:
        total: steps of the whole run.
        quiet: show nothing, as all but one of several processes do.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        super().__init__("steps", total, STEPS_BETWEEN_LINES, quiet=quiet)

    def show(self, report: StepReport, waiting_share: float) -> None:
        """Show one finished step, and the share of time that the trainer has waited for crops."""
        self.count(
            report.step,
            f"loss {report.loss:.3f}, named right {report.class_accuracy:.3f}, "
            f"waiting {waiting_share:.1%}",
        )


class ShardProgress(CountProgress):
    """Shows the shards of crops that are ready.

    Args:
        total: shards of the set.
        quiet: show nothing, as beside a training that shows its own progress.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        super().__init__("shards", total, SHARDS_BETWEEN_LINES, quiet=quiet)

    def show(self, ready: int) -> None:
        """Show how many shards are ready."""
        self.count(ready)
