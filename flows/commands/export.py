"""``kuzushiji export``."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from flows.commands.recognize import Existing
from flows.commands.terminal import explained, prefer_quiet_prefect, print_table


class Format(StrEnum):
    """What the files are; docs/formats.md tells what goes where."""

    text = "text"
    csv = "csv"
    alto = "alto"
    page = "page"
    hocr = "hocr"
    tei = "tei"
    iiif = "iiif"
    jsonl = "jsonl"
    coco = "coco"


def export(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
    to: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix for the files.")],
    format: Annotated[list[Format], typer.Option(help="May repeat; a folder each.")],  # noqa: A002 - the option's name
    model: Annotated[str | None, typer.Option(help="Which, where several models read.")] = None,
    existing: Annotated[
        Existing, typer.Option(help="Files that are newer than their readings.")
    ] = Existing.skip,
    base_url: Annotated[str | None, typer.Option(help="IIIF: web address of the files.")] = None,
    images_url: Annotated[
        str | None, typer.Option(help="IIIF: web address of the scans, if it is another.")
    ] = None,
) -> None:
    """Write readings as text, ALTO, PAGE-XML, hOCR, TEI, IIIF, CSV, JSON Lines or COCO."""
    prefer_quiet_prefect()

    from flows.export_readings import export_readings
    from tasks.export_summary import ExportSummary

    parameters: dict[str, Any] = {
        "output": output,
        "destination": to,
        "formats": [chosen.value for chosen in format],
        "model": model,
        "existing": existing.value,
        "base_url": base_url,
        "images_url": images_url,
    }
    summary = ExportSummary(**explained(lambda: export_readings(**parameters)))
    print_table("Export", [("", ""), *summary.rows()])
