"""``kuzushiji models``."""

import getpass
from typing import Annotated

import typer

from flows.commands.terminal import explained, print_table

NOT_BETTER = 1

models = typer.Typer(help="The registry: which models there are, which is champion, and why.")

Collection = Annotated[str, typer.Option(help="Whose champion.")]
Why = Annotated[str, typer.Option(help="The reason, for the log.")]
Who = Annotated[str | None, typer.Option(help="For the log; default: your user name.")]
Model = Annotated[
    str, typer.Argument(help="builtin, champion[:COLLECTION], a digest or its beginning, a path.")
]


@models.command("list")
def list_models() -> None:
    """List models and champions."""
    from tasks.models import open_registry
    from tasks.registry_report import champion_rows, model_rows

    registry = explained(open_registry)
    print_table("Models", explained(lambda: model_rows(registry)))
    print_table("Champions", explained(lambda: champion_rows(registry)))


@models.command()
def show(model: Model) -> None:
    """Show a model's card and, if there is a registry, when it was champion."""
    from tasks.registry_report import card_rows, history_rows

    card = explained(lambda: card_rows(model))
    print_table("Model", [("", ""), *card])
    log = explained(lambda: history_rows(card[0][1]))
    if len(log) > 1:
        print_table("Champion", log)


@models.command()
def add(model: Model) -> None:
    """Put a model into the registry, where nobody uses it until it is named or promoted."""
    from tasks.models import open_registry, read_model

    digest = explained(lambda: open_registry(create=True).add(read_model(model)))
    typer.echo(f"The registry holds {digest}")


@models.command()
def promote(
    model: Model,
    why: Why,
    collection: Collection = "default",
    who: Who = None,
    examinations: Annotated[
        str | None, typer.Option(help="OUT/examinations of an adaptation that compared both.")
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Promote what was not shown to be better.")
    ] = False,
) -> None:
    """Make a model champion, if held-out pages show it better than the champion beyond noise."""
    from tasks.object_store import open_store
    from tasks.promotion import (
        Promotion,
        examinations_against_champion,
        promote_if_better,
        promote_without_gate,
    )

    person = who or getpass.getuser()

    def promoted() -> Promotion:
        if examinations is None or anyway:
            return promote_without_gate(model, collection, who=person, why=why, anyway=anyway)
        both = examinations_against_champion(open_store(examinations), model, collection)
        return promote_if_better(model, both, collection, who=person, why=why)

    promotion = explained(promoted)
    if promotion.entry is None:
        typer.echo(f"Not promoted: {promotion.reason}")
        raise typer.Exit(NOT_BETTER)
    typer.echo(f"{promotion.entry.digest[:12]} is champion of {collection!r}: {promotion.reason}")


@models.command()
def rollback(why: Why, collection: Collection = "default", who: Who = None) -> None:
    """Return to the champion before; once more, to the one before that."""
    from tasks.champions import Champions
    from tasks.models import open_registry

    entry = explained(
        lambda: Champions(open_registry()).rollback(
            collection, who=who or getpass.getuser(), why=why
        )
    )
    typer.echo(f"{entry.digest[:12]} is champion of {collection!r} again")
