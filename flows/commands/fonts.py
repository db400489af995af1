"""``kuzushiji fonts``."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.material import Fonts
from flows.commands.terminal import explained, print_table


def fonts(
    fonts: Fonts = None,
    characters: Annotated[
        Path | None, typer.Option(help="CSV with the columns unicode and count.")
    ] = None,
) -> None:
    """List the fonts found for synthesis, what they can write and under which licence."""
    from tasks.font_report import HEADINGS, coverage_to_rows, report_fonts, uncovered_sentence

    found = explained(lambda: report_fonts(fonts or [], characters))
    print_table("Fonts", [HEADINGS, *coverage_to_rows(found)])
    typer.echo(uncovered_sentence(found))
