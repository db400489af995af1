"""From the command to its help, and to the first page recognized; and what that time is made of.

python benchmarks/start.py [--rounds 2]

Every figure is the median of fresh processes whose compiled modules exist.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, time

from measuring import ROOT, save

from tasks.object_store import open_store
from tasks.readings import latest_rows

IMPORTS = {
    "the command line": "import flows.cli",
    "torch": "import torch",
    "torchvision and timm": "import torch; import timm",
    "Prefect": "import prefect.main; from prefect import flow, task",
    "Dask": "import distributed",
    "pyarrow and boto3": "import pyarrow.parquet, boto3",
    "everything recognition needs": "import flows.recognize_archive",
    "everything, and the model loaded": (
        "import flows.recognize_archive; from tasks.models import load_model; load_model()"
    ),
}


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    empty = seconds_of(["-c", "pass"], rounds)
    helped = seconds_of(["-m", "flows.cli", "--help"], rounds)
    imports = {name: seconds_of(["-c", code], rounds) - empty for name, code in IMPORTS.items()}
    pages = [first_page() for _ in range(rounds)]
    first, whole = median(page[0] for page in pages), median(page[1] for page in pages)
    figures = {
        "python_seconds": empty,
        "help_seconds": helped,
        "import_seconds": imports,
        "first_page_seconds": first,
        "one_page_command_seconds": whole,
    }
    print(json.dumps(figures, indent=1))
    save("start", figures)


def seconds_of(arguments: list[str], rounds: int) -> float:
    """Median wall time of a Python process, the first not counted."""
    seconds = []
    for _ in range(rounds + 1):
        start = perf_counter()
        run_python(arguments)
        seconds.append(perf_counter() - start)
    return median(seconds[1:])


def first_page() -> tuple[float, float]:
    """Seconds until a page's reading existed, and until the command ended."""
    with TemporaryDirectory() as folder:
        archive, output = Path(folder) / "archive", Path(folder) / "out"
        archive.mkdir()
        shutil.copy(ROOT / "demo/archive/ise/ise_00001.jpg", archive)
        begun, start = time(), perf_counter()
        run_python(["-m", "flows.cli", "recognize", str(archive), "--output", str(output)])
        whole = perf_counter() - start
        [row] = latest_rows(open_store(str(output)))
        return first_after(begun, row.read_at), whole


def first_after(begun: float, read_at: datetime) -> float:
    """Seconds between the command and a reading."""
    return read_at.timestamp() - begun


def run_python(arguments: list[str]) -> None:
    """Run Python on this checkout, quietly."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, env=environment, capture_output=True)  # noqa: S603 - our own


if __name__ == "__main__":
    main()
