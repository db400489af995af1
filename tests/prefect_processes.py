"""Prefect as it is operated: server, commands and worker, each a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tasks.object_store import open_store
from tasks.readings import latest_rows

ROOT = Path(__file__).parents[1]
PATIENCE = 240.0  # seconds; a busy machine, not a promise


def clean_environment(folder: Path) -> dict[str, str]:
    """Nobody's settings but these; what Prefect keeps goes to the folder."""
    kept = {key: value for key, value in os.environ.items() if "PREFECT" not in key}
    programs = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {**kept, "PATH": programs, "PREFECT_HOME": str(folder / "home"), "DO_NOT_TRACK": "1"}


class Prefect:
    """A Prefect server, and the commands that people give to it.

    Args:
        environment: what its clients and workers need.
        folder: for logs.
    """

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self.folder = folder

    def run(
        self, *arguments: str, cwd: Path = ROOT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Give one of its commands, ``prefect`` left out."""
        return self.python("-m", "prefect", *arguments, cwd=cwd, **environment)

    def python(
        self, *arguments: str, cwd: Path = ROOT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python as its client."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**self.environment, **environment},
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )

    @contextmanager
    def worker(self, pool: str) -> Iterator[None]:
        """Have runs executed; their output is in the folder.

        It ends without waiting for runs that schedules go on to produce.
        """
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool]
        with running(command, self.environment, self.folder / "worker.log") as worker:
            try:
                yield
            finally:
                runs = psutil.Process(worker.pid).children(recursive=True)
                for process in (worker, *runs):
                    with suppress(psutil.NoSuchProcess):
                        process.kill()


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str], log: Path, *, announces: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """A process that is told to end, and waited for; what it ``announces`` is for the caller."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if announces else errors,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that other processes do."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.5)


def keys_read(output: Path) -> list[str]:
    """The scans that an output has rows of."""
    return sorted(row.scan.key for row in latest_rows(open_store(str(output))))


def need_postgresql() -> None:
    """Skip without PostgreSQL, and say what installs it; in CI fail."""
    if any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        return
    sentence = "PostgreSQL is missing: infra/install-postgresql.sh installs it"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@contextmanager
def prefect_on_postgresql(folder: Path) -> Iterator[Prefect]:
    """A server of the caller's own, on a private database; logs go to the folder."""
    need_postgresql()
    environment = clean_environment(folder)
    command = [str(ROOT / "infra/start-prefect.sh")]
    with running(command, environment, folder / "server.log", announces=True) as server:
        assert server.stdout is not None
        name, _, url = server.stdout.readline().strip().partition("=")
        assert name == "PREFECT_API_URL", (folder / "server.log").read_text()
        yield Prefect({**environment, name: url}, folder)
