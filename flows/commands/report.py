"""``kuzushiji report``."""

from typing import Annotated

import typer

from flows.commands.terminal import explained, prefer_quiet_prefect


def report(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
    labels: Annotated[str, typer.Option(help="Truth: image_id,labels as CSV.")],
    to: Annotated[str, typer.Option(help="The report: a file or s3://bucket/key ending in .html.")],
    archive: Annotated[
        str | None, typer.Option(help="Folder or s3://bucket/prefix of the scans, for pictures.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Which, where several models read.")] = None,
) -> None:
    """Write an evaluation report: one HTML file to look at, the same numbers as JSON beside it."""
    prefer_quiet_prefect()

    from flows.report_archive import report_archive
    from tasks.report.build import split_report_location

    explained(lambda: split_report_location(to))
    figures = explained(lambda: report_archive(output, labels, to, archive, model))
    overall = figures["overall"]
    spread = overall["intervals"] and overall["intervals"]["f1"]
    between = f" (95 % interval {spread['low']:.4f} to {spread['high']:.4f})" if spread else ""
    typer.echo(f"F1 {overall['f1']:.4f}{between} on {overall['pages']:,} labelled pages")
    typer.echo(f"The report lies in {to}, its numbers beside it as JSON")
