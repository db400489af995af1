"""Tables for a terminal. Names of files may hold anything, so nothing in them is obeyed."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text


def visible(text: str) -> str:
    """Escape what a terminal would obey instead of show."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def terminal_table(title: str, rows: Sequence[Sequence[str]]) -> Table:
    """Lay rows out under their first, which is left out if it is empty."""
    header, *body = rows
    table = Table(*header, title=title, show_header=any(header))
    for row in body:
        table.add_row(*(Text(visible(cell)) for cell in row))
    return table
