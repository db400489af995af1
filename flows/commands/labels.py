"""``kuzushiji labels``."""

from typing import Annotated

import typer

from flows.commands.terminal import explained, print_table

FOUND_ERRORS = 1

labels = typer.Typer(help="Labelled pages: material to train on and to evaluate with.")


@labels.callback()
def _labels() -> None:
    """Keep the subcommand's name although there is only one."""


@labels.command()
def check(
    kind: Annotated[
        str, typer.Argument(help="kaggle, codh, corrected, coco, alto, page or aligned.")
    ],
    root: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of labels and scans.")],
) -> None:
    """Tell what is wrong with labelled pages; exit status 1 if anything is."""
    from tasks.label_check import books_to_rows, check_labels, findings_to_rows
    from tasks.label_sources import read_label_source
    from tasks.progress import PageProgress

    archive = explained(lambda: read_label_source(kind, root))
    with PageProgress(len(archive.pages)) as progress:
        report = explained(lambda: check_labels(archive, progress))
    print_table("Books", [("book", "pages", "blank", "characters", "fold"), *books_to_rows(report)])
    if report.findings:
        print_table("Findings", [("rule", "times", "first"), *findings_to_rows(report)])
    typer.echo(f"{report.classes} different characters, {report.errors} errors")
    if report.errors:
        raise typer.Exit(FOUND_ERRORS)
