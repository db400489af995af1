"""The page on performance beside what people would pick instead."""

from collections.abc import Mapping, Sequence
from typing import Any

from page_elements import Cell, table


def peers(figures: Mapping[str, Any]) -> str:
    """What others would take, and how many times as much."""
    own = {name: figures["peers"][name] for name in ("built-in", "training: built-in")}
    reading, training = (
        [
            [name, *with_ratios(row, own[mine], columns)]
            for name, row in figures["peers"].items()
            if columns[0] in row
        ]
        for mine, columns in (
            ("built-in", ("seconds_a_page", "peak_gib", "own_gib")),
            ("training: built-in", ("step_seconds", "peak_gib", "own_gib")),
        )
    )
    for row in reading:
        row += [figures["peers"][row[0]].get(name) for name in ("characters", "cer")]
    times = "times the built-in reader's"
    shared = ["peak GiB", times, "own peak GiB", times]
    frugal = [f"built-in, {how}" for how in ("page by page", "with little memory")]
    header = [f"{one}: {it}" for one in frugal for it in ("s", "own GiB")]
    return (
        "## Beside the fifth place and a general OCR engine\n\n"
        f"{figures['pages']} pages, each reader in a process of its own; the fifth-place network "
        f"has random weights and takes pages of {figures['side']} x {figures['side']} px, one "
        "scale unless said otherwise, in bfloat16 where float32, its own precision, is not said, "
        "and is timed twice. Own peak: beyond what the process had with its libraries imported and "
        "its pages decoded.\n\n"
        f"{table(['', 's a page', times, *shared, 'characters', 'CER'], reading)}\n"
        "How many times as much others take as the built-in reader page by page, for which oneDNN "
        "keeps few kernels, and as the one with little memory, for which glibc gives large blocks "
        "back, too:\n\n"
        f"{table(['', *header], times_rows(figures['peers'], frugal))}\n"
        "A training pass of four crops:\n\n"
        f"{table(['', 's a pass', times, *shared], training)}"
    )


def at_centres(figures: Mapping[str, Any]) -> str:
    """The fifth-place network's own architecture, dense and sparse."""
    rows = [[way, seconds] for way, seconds in figures["seconds"].items()]
    return (
        "## Classes at centres instead of everywhere\n\n"
        "The fifth-place network in float32, with the same random weights, by turns: dense takes "
        f"{figures['times']:.3f} times as long. The logits of {figures['boxes']} boxes differ by "
        f"{figures['largest_difference']:.1e} at most, the largest is "
        f"{figures['largest_logit']:.1e}.\n\n"
        f"{table(['classes', 's a page'], rows)}"
    )


def times_rows(peers: Mapping[str, Any], frugal: Sequence[str]) -> list[list[Cell]]:
    """How many times as much time and memory the others take as each of some readers."""
    columns = ("seconds_a_page", "own_gib")
    others = {name: row for name, row in peers.items() if columns[0] in row and name not in frugal}
    return [
        [name, *(row[it] / peers[one][it] for one in frugal for it in columns)]
        for name, row in others.items()
    ]


def with_ratios(
    row: Mapping[str, Any], own: Mapping[str, Any], columns: Sequence[str]
) -> list[Any]:
    """Some figures, each with how many times another's it is."""
    return [it for name in columns for it in (row[name], row[name] / own[name])]
