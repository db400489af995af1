"""``kuzushiji train``."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from flows.commands.material import (
    Characters,
    Fonts,
    HeldOutFonts,
    Kmnist,
    Text,
    material_parameters,
)
from flows.commands.terminal import explained, fail, prefer_quiet_prefect, print_table


class Stage(StrEnum):
    """What can be run alone."""

    crops = "crops"
    fit = "fit"
    validate = "validate"


class Optimizer(StrEnum):
    """How weights are moved."""

    adamw = "adamw"
    apex = "apex"


def train(
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix of the run.")],
    source: Annotated[
        list[str] | None,
        typer.Option(help="Kind of labelled pages (kaggle, codh, corrected, ...); may repeat."),
    ] = None,
    root: Annotated[
        list[str] | None, typer.Option(help="Folder or bucket of each --source, in order.")
    ] = None,
    weight: Annotated[
        list[float] | None, typer.Option(help="Share of each --source, in order; default 1.")
    ] = None,
    fonts: Fonts = None,
    text: Text = None,
    characters: Characters = None,
    kmnist: Kmnist = None,
    hold_out_font: HeldOutFonts = None,
    synthetic_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Synthetic crops beside labelled ones; default: preset's."),
    ] = None,
    fold: Annotated[int, typer.Option(min=0, max=4, help="Fifth of the books to keep.")] = 0,
    all_books: Annotated[
        bool, typer.Option("--all-books", help="Keep none: validate on rendered pages.")
    ] = False,
    preset: Annotated[str, typer.Option(help="See kuzushiji presets.")] = "builtin",
    steps: Annotated[int | None, typer.Option(min=1, help="Default: the preset's.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Crops per step.")] = None,
    micro_batch_size: Annotated[
        int | None, typer.Option(min=1, help="Crops per forward pass, for less memory.")
    ] = None,
    crop_size: Annotated[int | None, typer.Option(min=32, help="Pixels, times 32.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    optimizer: Annotated[Optimizer | None, typer.Option(help="apex: NVIDIA's, GPU only.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    crops: Annotated[
        int | None, typer.Option(min=1, help="Different crops; default: one for each use.")
    ] = None,
    crop_store: Annotated[
        str | None, typer.Option(help="Where crops lie, for several runs; default OUTPUT/crops.")
    ] = None,
    crop_workers: Annotated[int, typer.Option(min=1, help="Processes that make crops.")] = 1,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    processes: Annotated[int, typer.Option(min=1, help="Processes (GPUs) to train in.")] = 1,
    compiled: Annotated[bool, typer.Option("--compile", help="Use torch.compile.")] = False,
    pretrained: Annotated[bool, typer.Option(help="Start from timm's weights.")] = False,
    start: Annotated[str | None, typer.Option(help="A model to start from.")] = None,
    checkpoint_every: Annotated[int, typer.Option(min=1, help="Steps.")] = 200,
    only: Annotated[Stage | None, typer.Option(help="Run one stage alone.")] = None,
) -> None:
    """Train a reader and score it on held-out pages; continues from its last checkpoint."""
    prefer_quiet_prefect()

    from flows.train_detector import train_detector

    kinds, roots, weights = source or [], root or [], weight or [1.0] * len(source or [])
    if not len(kinds) == len(roots) == len(weights):
        fail(
            "every --source needs its --root, and either all have a --weight or none; got "
            f"{len(kinds)} --source, {len(roots)} --root, {len(weights)} --weight"
        )
    parameters: dict[str, Any] = {
        "output": output,
        "sources": [
            {"kind": kind, "root": folder, "weight": share}
            for kind, folder, share in zip(kinds, roots, weights, strict=True)
        ],
        **material_parameters(fonts, text, characters, kmnist, hold_out_font),
        "synthetic_share": synthetic_share,
        "fold": None if all_books else fold,
        "preset": preset,
        "steps": steps,
        "batch_size": batch_size,
        "micro_batch_size": micro_batch_size,
        "crop_size": crop_size,
        "learning_rate": learning_rate,
        "optimizer": optimizer.value if optimizer else None,
        "seed": seed,
        "crops": crops,
        "crop_store": crop_store,
        "crop_workers": crop_workers,
        "dask": dask,
        "device": device,
        "processes": processes,
        "compiled": compiled,
        "pretrained": pretrained,
        "start": start,
        "checkpoint_every": checkpoint_every,
        "only": only.value if only else None,
    }
    result = explained(lambda: train_detector(**parameters))
    if "validation" in result:
        _print_validation(result["validation"])
    typer.echo(f"The run lies in {output}")


def _print_validation(values: dict[str, Any]) -> None:
    from tasks.evaluation import HEADINGS, evaluation_from_json, evaluation_to_rows

    evaluation = evaluation_from_json(values)
    print_table("Validation", [HEADINGS, *evaluation_to_rows(evaluation)])
