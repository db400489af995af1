"""The command ``kuzushiji``. Heavy imports wait until a command needs them."""

import sys
from collections.abc import Sequence

import typer

from flows.commands.adapt import adapt
from flows.commands.backfill import backfill
from flows.commands.calibrate import calibrate
from flows.commands.evaluate import evaluate
from flows.commands.export import export
from flows.commands.export_model import export_model
from flows.commands.fonts import fonts
from flows.commands.interruption import ended_by_signals
from flows.commands.labels import labels
from flows.commands.models import models
from flows.commands.presets import presets
from flows.commands.prune import prune
from flows.commands.recognize import recognize
from flows.commands.report import report
from flows.commands.serve import serve
from flows.commands.status import status
from flows.commands.synthesize import synthesize
from flows.commands.terminal import prefer_patient_threads
from flows.commands.train import train
from flows.commands.view import view

app = typer.Typer(
    help="Read archives of old Japanese: page scans in, characters with boxes out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(recognize)
app.command()(backfill)
app.command()(status)
app.command()(prune)
app.command()(evaluate)
app.command()(export)
app.command()(report)
app.command()(train)
app.command()(adapt)
app.command()(calibrate)
app.command()(presets)
app.command()(export_model)
app.command()(synthesize)
app.command()(fonts)
app.add_typer(labels, name="labels")
app.add_typer(models, name="models")
app.command()(view)
app.command()(serve)


def main(arguments: Sequence[str] = ()) -> None:
    """Run the command line; ``arguments`` are put before the process's own."""
    prefer_patient_threads()
    with ended_by_signals():
        app(args=[*arguments, *sys.argv[1:]])


if __name__ == "__main__":
    main()
