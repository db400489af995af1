"""The head of the page on performance: the figures that matter most, of all result files."""

from collections.abc import Iterator, Mapping
from typing import Any

from page_elements import Cell, table

PUBLISHED = "fifth place, dense embedding"


def summary(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Write what the tables below say in short; a benchmark without a result is left out."""
    rows = [row for name, lines in LINES.items() if name in figures for row in lines(figures[name])]
    return f"## In short\n\n{table(['what', 'measured'], rows)}"


def _pipeline(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    by_network = [run for run in figures["runs"] if not run["sleep"]]
    by_sleep = [run for run in figures["runs"] if run["sleep"]]
    for what, runs in (("", by_network), (", a sleep in the network's place", by_sleep)):
        ratios = [run["ratio"] for run in runs]
        yield [
            f"pages/s from bucket to bucket, as a share of those on arrays in memory{what}",
            f"{min(ratios):.3f} to {max(ratios):.3f}",
        ]


def _engines(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    eager = figures["engines"][0]
    for row in figures["engines"]:
        if "default" in row["engine"] or row["engine"] == "OpenVINO bfloat16":
            times = eager["maps_seconds"] / row["maps_seconds"]
            yield [f"{row['engine'].removeprefix('+ ')}: times as fast as {eager['engine']}", times]


def _peers(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    peers = figures["peers"]
    for precision in ("", ", its three scales", ", float32"):
        name = PUBLISHED + precision
        for how in ("as it is by default", "page by page", "with little memory"):
            mine = peers.get(f"built-in, {how}", peers["built-in"])
            times = [peers[name][it] / mine[it] for it in ("seconds_a_page", "own_gib")]
            yield [
                f"{name}: seconds and memory, times those of the built-in reader {how}",
                f"{times[0]:.1f}, {times[1]:.1f}",
            ]
    reader, general = peers["built-in"], peers["rapidocr"]
    if "cer" in general:
        error_rates = f"{general['cer']:.2f}, {reader['cer']:.2f}"
        yield ["character error rate of rapidocr, of the built-in reader", error_rates]


def _at_centres(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    yield ["fifth place, float32: seconds a page dense, times those at centres", figures["times"]]


def _training(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    seconds = figures["step_seconds"]
    yield [
        "training step: seconds in float32, times those in bfloat16",
        seconds["float32"] / seconds["bfloat16"],
    ]
    yield ["share of time that the trainer waits for crops", figures["waiting_share"]]


def _growth(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    last = figures["rows"][-1]
    pages = f"{last['pages']:,} pages, times that after 1,000"
    yield [f"peak memory of the flow after {pages}", last["flow, ratio"]]


def _start(figures: Mapping[str, Any]) -> Iterator[list[Cell]]:
    yield ["seconds to the help, to the first page", (
        f"{figures['help_seconds']:.2f}, {figures['first_page_seconds']:.1f}"
    )]  # fmt: skip


LINES = {
    "pipeline": _pipeline,
    "engines": _engines,
    "peers": _peers,
    "at-centres": _at_centres,
    "training": _training,
    "growth": _growth,
    "start": _start,
}
