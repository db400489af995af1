"""``kuzushiji prune``."""

from typing import Annotated

import typer

from flows.commands.terminal import explained


def prune(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
    model: Annotated[str, typer.Option(help="Digest of the model whose readings go.")],
    run: Annotated[bool, typer.Option("--run", help="Remove; without it, only tell.")] = False,
) -> None:
    """Remove the readings of a superseded model."""
    from tasks import prune
    from tasks.object_store import open_store

    store = explained(lambda: open_store(output))
    plan = explained(lambda: prune.plan_prune(store, model))
    typer.echo(
        f"model {plan.folder}: {plan.pages} pages in {len(plan.parts)} parts; "
        f"{plan.alone} of the pages no other model has read"
    )
    if not run:
        typer.echo("nothing is removed without --run")
        return
    explained(lambda: prune.prune(store, plan))
    typer.echo("removed")
