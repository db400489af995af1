"""``kuzushiji synthesize``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.material import Fonts, Text
from flows.commands.terminal import explained


class Layout(StrEnum):
    """How rendered pages are laid out."""

    archive = "archive"
    kaggle = "kaggle"


def synthesize(
    output: Annotated[Path, typer.Option(help="Folder for pages and labels.")],
    pages: Annotated[int, typer.Option(min=1, help="Pages in each book.")] = 12,
    fonts: Fonts = None,
    only_font: Annotated[
        list[str] | None, typer.Option(help="Use these fonts alone, by name.")
    ] = None,
    text: Text = None,
    book: Annotated[list[str] | None, typer.Option(help="Name of a book; may repeat.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    layout: Annotated[
        Layout, typer.Option(help="archive/ and labels.csv, or the challenge's own files.")
    ] = Layout.archive,
    height: Annotated[int, typer.Option(min=200, help="Of a page in pixels.")] = 1400,
) -> None:
    """Render labelled pages, for trials and for evaluation with known truth."""
    from tasks.challenge_pages import BOOKS, render_challenge
    from tasks.synthetic_pages import render_pages

    parameters: dict[str, Any] = {
        "fonts": fonts or [],
        "only": only_font or [],
        "text": text,
        "seed": seed,
        "height": height,
    }
    if layout is Layout.kaggle:
        count = explained(
            lambda: render_challenge(output, pages, books=book or BOOKS, **parameters)
        )
    else:
        count = explained(
            lambda: render_pages(output, pages, books=book or ["synthetic"], **parameters)
        )
    typer.echo(f"Rendered pages with {count} labelled characters lie in {output}")
