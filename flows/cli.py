"""The command ``kuzushiji``. Heavy imports wait until a command needs them."""

import os
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

USAGE_ERROR = 2
T = TypeVar("T")

app = typer.Typer(
    help="Read archives of old Japanese: page scans in, characters with boxes out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


class Existing(StrEnum):
    """What happens to pages that this model has read before."""

    skip = "skip"
    overwrite = "overwrite"
    abort = "abort"


@app.command()
def recognize(
    archive: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of page scans.")],
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix for the readings.")],
    model: Annotated[str, typer.Option(help="builtin, or a model.safetensors.")] = "builtin",
    select: Annotated[str, typer.Option(help="Glob on the keys; * crosses folders.")] = "*",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pages.")] = None,
    existing: Annotated[Existing, typer.Option(help="Pages read before.")] = Existing.skip,
    retry_failed: Annotated[bool, typer.Option(help="Try unreadable pages again.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=512, help="Pages per part.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    max_failure_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Fail above this share of unreadable pages.")
    ] = 0.1,
    submission: Annotated[bool, typer.Option(help="Also write submission.csv.")] = False,
) -> None:
    """Read every scan that has no reading yet; a second run does only what is missing."""
    prefer_quiet_prefect()

    from flows.recognize_archive import recognize_archive
    from tasks.recognition_run import RecognitionSettings, check_settings

    parameters: dict[str, Any] = {
        "archive": archive,
        "output": output,
        "model": model,
        "select": select,
        "limit": limit,
        "existing": existing.value,
        "retry_failed": retry_failed,
        "batch_size": batch_size,
        "device": device,
        "dask": dask,
        "max_failure_rate": max_failure_rate,
        "submission": submission,
    }
    explained(lambda: check_settings(RecognitionSettings(**parameters)))
    state: Any = explained(lambda: recognize_archive(**parameters, return_state=True))
    summary = explained(lambda: state.result(raise_on_failure=False))
    if isinstance(summary, BaseException):
        fail(str(summary))
    print_table("Recognition", [("", ""), *_summary_rows(summary)])
    if state.is_failed():
        fail(state.message or "the run failed", code=1)


@app.command()
def evaluate(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
    labels: Annotated[str, typer.Option(help="Truth: image_id,labels as CSV.")],
    model: Annotated[str | None, typer.Option(help="Digest, where several models read.")] = None,
) -> None:
    """Score readings with the challenge's F1, overall and by book."""
    prefer_quiet_prefect()

    from flows.evaluate_archive import evaluate_archive
    from tasks.evaluation import (
        HEADINGS,
        coverage_sentence,
        evaluation_from_json,
        evaluation_to_rows,
    )

    result = explained(lambda: evaluate_archive(output, labels, model))
    evaluation = evaluation_from_json(result)
    print_table("Evaluation", [HEADINGS, *evaluation_to_rows(evaluation)])
    typer.echo(coverage_sentence(evaluation))


@app.command()
def train(
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix of the run.")],
    fonts: Annotated[
        list[Path] | None, typer.Option(help="Folder of fonts; default: the system's.")
    ] = None,
    text: Annotated[Path | None, typer.Option(help="Column texts, one a line.")] = None,
    characters: Annotated[
        Path | None, typer.Option(help="CSV unicode,char,count: classes and frequencies.")
    ] = None,
    kmnist: Annotated[Path | None, typer.Option(help="Folder of KMNIST's npz files.")] = None,
    hold_out_font: Annotated[
        list[str] | None, typer.Option(help="A font that is kept for evaluation.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="Labelled pages: image_id,labels.")] = None,
    images: Annotated[str | None, typer.Option(help="Folder or bucket of their scans.")] = None,
    synthetic_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of synthetic crops beside labelled ones.")
    ] = 0.5,
    preset: Annotated[str, typer.Option(help="builtin or fifth-place.")] = "builtin",
    steps: Annotated[int, typer.Option(min=1, help="Optimisation steps.")] = 6000,
    batch_size: Annotated[int, typer.Option(min=1, help="Crops per step.")] = 4,
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 2e-3,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    pretrained: Annotated[bool, typer.Option(help="Start from timm's weights.")] = False,
) -> None:
    """Train a reader on synthetic and labelled pages; continues from its last checkpoint."""
    prefer_quiet_prefect()

    from flows.train_detector import train_detector

    if (labels is None) != (images is None):
        fail("--labels and --images belong together: give both or neither")
    parameters: dict[str, Any] = {
        "output": output,
        "fonts": [str(folder) for folder in fonts or []],
        "text": str(text) if text else None,
        "characters": str(characters) if characters else None,
        "kmnist": str(kmnist) if kmnist else None,
        "hold_out_fonts": hold_out_font or [],
        "labels": str(labels) if labels else None,
        "images": images,
        "synthetic_share": synthetic_share,
        "preset": preset,
        "steps": steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "device": device,
        "pretrained": pretrained,
    }
    explained(lambda: train_detector(**parameters))
    typer.echo(f"The model lies in {output}: model.safetensors")


@app.command()
def synthesize(
    output: Annotated[Path, typer.Option(help="Folder for archive/ and labels.csv.")],
    pages: Annotated[int, typer.Option(min=1, help="Pages in each book.")] = 12,
    fonts: Annotated[
        list[Path] | None, typer.Option(help="Folder of fonts; default: the system's.")
    ] = None,
    only_font: Annotated[
        list[str] | None, typer.Option(help="Use these fonts alone, by name.")
    ] = None,
    text: Annotated[Path | None, typer.Option(help="Column texts, one a line.")] = None,
    book: Annotated[list[str] | None, typer.Option(help="Name of a book; may repeat.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Render labelled pages, for trials and for evaluation with known truth."""
    from tasks.synthetic_pages import render_pages

    parameters: dict[str, Any] = {
        "fonts": fonts or [],
        "only": only_font or [],
        "text": text,
        "books": book or ["synthetic"],
        "seed": seed,
    }
    count = explained(lambda: render_pages(output, pages, **parameters))
    typer.echo(f"Rendered pages with {count} labelled characters lie in {output}")


def main(arguments: Sequence[str] = ()) -> None:
    """Run the command line; ``arguments`` are put before the process's own."""
    app(args=[*arguments, *sys.argv[1:]])


def prefer_quiet_prefect() -> None:
    """Leave the terminal to our progress, tables and one-sentence errors.

    An error that Prefect would log with its traceback still fails the run, and reaches `explained`.
    Whoever sets Prefect's or Dask's settings keeps them.
    """
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")


def explained(action: Callable[[], T]) -> T:
    """Run an action; an expected error becomes its one sentence and exit status 2."""
    try:
        return action()
    except (OSError, ValueError, RuntimeError, ArithmeticError) as error:
        fail(str(error))


def fail(message: str, code: int = USAGE_ERROR) -> NoReturn:
    """Print one sentence to standard error and exit."""
    typer.echo(f"kuzushiji: {message}", err=True)
    raise typer.Exit(code)


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their first as a table."""
    from rich.console import Console
    from rich.table import Table

    header, *body = rows
    table = Table(*header, title=title, show_header=any(header))
    for row in body:
        table.add_row(*row)
    Console().print(table)


def _summary_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    from tasks.recognition_summary import RecognitionSummary

    fields = {name: value for name, value in summary.items() if name != "failure_rate"}
    return RecognitionSummary(**fields).rows()


if __name__ == "__main__":
    main()
