"""``kuzushiji synthesize``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.terminal import explained


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
