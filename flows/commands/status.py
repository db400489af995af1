"""``kuzushiji status``."""

from typing import Annotated

import typer

from flows.commands.terminal import explained, print_table


def status(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
) -> None:
    """Tell what each model has read, the one that wrote last first."""
    from tasks.model_status import HEADINGS, model_statuses
    from tasks.object_store import open_store

    models = explained(lambda: model_statuses(open_store(output)))
    print_table("Readings", [HEADINGS, *(model.row() for model in models)])
