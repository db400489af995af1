"""``kuzushiji calibrate``."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from flows.commands.label_source import read_source
from flows.commands.terminal import explained, prefer_quiet_prefect, print_table


def calibrate(
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix for the new model.")],
    model: Annotated[
        str, typer.Option(help="builtin, champion[:COLLECTION], a digest or a path.")
    ] = "builtin",
    labels: Annotated[
        list[str] | None, typer.Option(help="KIND:LOCATION of held-out pages with boxes.")
    ] = None,
    pages: Annotated[
        str | None, typer.Option(help="Folder or s3://bucket/prefix of held-out scans.")
    ] = None,
    transcriptions: Annotated[
        str | None, typer.Option(help="Their texts: NAME.txt, TSV, ALTO or TEI.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
) -> None:
    """Make a model's confidences true on pages that it was not trained on; choose thresholds."""
    prefer_quiet_prefect()

    from flows.calibrate_model import calibrate_model
    from tasks.training_run import ARTIFACT

    sources: list[Any] = [read_source(source) for source in labels or []]
    figures = explained(
        lambda: calibrate_model(output, model, sources, pages, transcriptions, device)
    )
    print_table("Calibration", [("", ""), *_rows(figures)])
    typer.echo(f"The calibrated model is {output}/{ARTIFACT}")


def _rows(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    strict = figures["strict_threshold"]
    at_98 = f"{strict:.3f}, recall {figures['strict_recall']:.3f}" if strict is not None else "none"
    return [
        ("pages, of books", f"{figures['pages']:,}, {figures['books']:,}"),
        (
            "detections, left open by the labels",
            f"{figures['detections']:,}, {figures['undecided']:,}",
        ),
        (
            "calibration error before, after",
            f"{figures['ece_uncalibrated']:.3f}, {figures['ece_all']:.3f}",
        ),
        ("and at or above the threshold for F1", f"{figures['ece']:.3f}"),
        ("threshold for F1", f"{figures['threshold']:.3f}"),
        ("F1, precision with it", f"{figures['f1']:.3f}, {figures['precision']:.3f}"),
        ("threshold for precision 0.98", at_98),
    ]
