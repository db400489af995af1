"""Ctrl-C and SIGTERM: every command ends, at every moment, and leaves nothing behind."""

from collections.abc import Callable
from pathlib import Path

DEMO = Path(__file__).parents[2] / "demo"
BOUND = 60.0  # seconds; it takes a fraction of one, and a busy machine some more

Moment = Callable[[Path, Path], bool]  # of the command's output folder and Prefect's home


def while_importing(output: Path, home: Path) -> bool:
    return not output.exists() and not home.exists()


def while_its_server_starts(output: Path, home: Path) -> bool:
    return home.exists() and not list(output.rglob("*.parquet"))


def while_pages_are_read(output: Path, home: Path) -> bool:
    assert home.exists()
    return bool(list(output.rglob("*.parquet")))
