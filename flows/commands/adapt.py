"""``kuzushiji adapt``."""

from typing import Annotated, Any

import typer

from flows.commands.label_source import read_source
from flows.commands.material import (
    Characters,
    Fonts,
    HeldOutFonts,
    Kmnist,
    Text,
    material_parameters,
)
from flows.commands.terminal import explained, prefer_quiet_prefect, print_table

COLUMNS = ("round", "aligned text", "CER", "text found", "F1", "model")


def adapt(
    pages: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix of the scans.")],
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix of the rounds.")],
    transcriptions: Annotated[
        str | None,
        typer.Option(help="Texts: NAME.txt, TSV, ALTO or TEI; none: confident readings."),
    ] = None,
    model: Annotated[str, typer.Option(help="The model to begin with.")] = "builtin",
    hold_out: Annotated[
        list[str] | None, typer.Option(help="Glob on the keys of pages to examine on; may repeat.")
    ] = None,
    fold: Annotated[int, typer.Option(min=0, max=4, help="Books to examine on otherwise.")] = 0,
    labels: Annotated[
        list[str] | None, typer.Option(help="KIND:LOCATION of pages with boxes to examine on.")
    ] = None,
    untranscribed: Annotated[
        bool, typer.Option(help="Learn from confident readings of pages without text as well.")
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="At most so many.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Training steps of a round.")] = 600,
    learning_rate: Annotated[
        float | None, typer.Option(help="Highest learning rate; none: half of the preset's.")
    ] = None,
    synthetic_share: Annotated[
        float, typer.Option(min=0, max=1, help="Synthetic crops, against forgetting.")
    ] = 0.5,
    fonts: Fonts = None,
    text: Text = None,
    characters: Characters = None,
    kmnist: Kmnist = None,
    hold_out_font: HeldOutFonts = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Crops per step.")] = None,
    crop_size: Annotated[int | None, typer.Option(min=32, help="Pixels, times 32.")] = None,
    crop_workers: Annotated[int, typer.Option(min=1, help="Processes that make crops.")] = 1,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    collection: Annotated[
        str | None,
        typer.Option(help="Whose champion the best model becomes if it is better by the gate."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Adapt a model to a collection by its transcriptions; goes on where it was interrupted."""
    prefer_quiet_prefect()

    from flows.adapt_collection import adapt_collection

    parameters: dict[str, Any] = {
        "pages": pages,
        "output": output,
        "transcriptions": transcriptions,
        "model": model,
        "hold_out": hold_out or [],
        "fold": fold,
        "labels": [read_source(source) for source in labels or []],
        "untranscribed": untranscribed,
        "rounds": rounds,
        "steps": steps,
        "learning_rate": learning_rate,
        "synthetic_share": synthetic_share,
        "training": {
            **material_parameters(fonts, text, characters, kmnist, hold_out_font),
            "batch_size": batch_size,
            "crop_size": crop_size,
            "crop_workers": crop_workers,
            "dask": dask,
        },
        "collection": collection,
        "device": device,
    }
    result = explained(lambda: adapt_collection(**parameters))
    print_table("Adaptation", [COLUMNS, *map(_row, result["rounds"])])
    promoted = f"champion of {collection}" if result["promoted"] else "not promoted"
    typer.echo(f"The best model is {result['model']}, {promoted}: {result['reason']}")


def _row(values: dict[str, Any]) -> tuple[str, ...]:
    shares = (values.get(name) for name in ("coverage", "cer", "aligned", "f1"))
    cells = ("" if share is None else f"{share:.3f}" for share in shares)
    return str(values["round"]), *cells, values["digest"][:12]
