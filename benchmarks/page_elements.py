"""Tables and plots of the page on performance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

Cell = str | float | int | None


def stacked_bar(labels: Sequence[str], runs: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw where a page's time goes."""
    figure = Figure(figsize=(8, 1.0 + 0.5 * len(runs)), layout="constrained")
    axes = figure.subplots()
    left = [0.0] * len(runs)
    for part in ("fetch", "decode", "wait", "forward", "decode peaks", "write"):
        widths = [run["seconds_a_page"][part] for run in runs]
        axes.barh(labels, widths, left=left, label=part)
        left = [before + width for before, width in zip(left, widths, strict=True)]
    axes.set_xlabel("seconds of a page, from its request to its part")
    figure.legend(ncols=6, fontsize="small", loc="outside lower center")
    axes.invert_yaxis()
    figure.savefig(path, metadata={"Date": None})


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *[[cell(value) for value in row] for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(value: Cell) -> str:
    """Three significant digits of a number, or text as it is."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
