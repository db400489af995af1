"""Ctrl-C and SIGTERM: every command ends at every moment, says so, and leaves nothing behind."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from flows.commands.interruption import SENTENCE, SHOW_CURSOR

ROOT = Path(__file__).parents[2]
BOUND = 240  # seconds, against a test that hangs

RECOGNIZE = ("recognize", str(ROOT / "demo/archive"), "--batch-size", "1", "--output")
EVALUATE = ("evaluate", "--labels", str(ROOT / "demo/labels.csv"))
TRAIN = ("train", "--fonts", str(ROOT / "tests/data/fonts"), "--crop-workers", "2", "--output")
SYNTHESIZE = ("synthesize", "--fonts", str(ROOT / "tests/data/fonts"), "--pages", "999", "--output")


def arguments_of_children(process: psutil.Process) -> list[str]:
    found: list[str] = []
    for child in process.children():
        with suppress(psutil.Error):
            found += child.cmdline()
    return found


def torch_is_imported(process: psutil.Process, _: Path) -> bool:
    return any("libtorch" in mapped.path for mapped in process.memory_maps())


def prefects_server_starts(process: psutil.Process, _: Path) -> bool:
    return any("uvicorn" in argument for argument in arguments_of_children(process))


def something_is_written(_: psutil.Process, output: Path) -> bool:
    return any(path.is_file() for path in output.rglob("*"))


def worker_processes_make_crops(process: psutil.Process, _: Path) -> bool:
    arguments = arguments_of_children(process)
    return sum("spawn_main" in argument for argument in arguments) == 2


def pages_are_read(_: psutil.Process, output: Path) -> bool:
    return any(output.rglob("*.parquet"))


@pytest.fixture(scope="module", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Commands start servers of their own; the first creates their database, the next find it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.delenv("PREFECT_API_URL", raising=False)
        yield


def start(command: tuple[str, ...], folder: Path, errors: int) -> subprocess.Popen[bytes]:
    """Start a command as a terminal does, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *command, str(folder / "out")],
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,
    )


def wait_for(
    moment: Callable[[psutil.Process, Path], bool], process: subprocess.Popen[bytes], output: Path
) -> None:
    watched = psutil.Process(process.pid)
    wait_until(lambda: process.poll() is not None or moment(watched, output))
    assert process.poll() is None, "the command ended before the moment came"


def wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < give_up, f"{condition} did not come within {BOUND} s"
        time.sleep(0.01)


def group_of(leader: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and os.getpgid(process.pid) == leader:
                members.append(process)
    return members


@pytest.mark.parametrize(
    ("command", "moment", "ending"),
    [
        pytest.param(RECOGNIZE, torch_is_imported, signal.SIGINT, id="recognize-imports-Ctrl-C"),
        pytest.param(
            RECOGNIZE, prefects_server_starts, signal.SIGINT, id="recognize-server-Ctrl-C"
        ),
        pytest.param(RECOGNIZE, something_is_written, signal.SIGINT, id="recognize-plans-Ctrl-C"),
        pytest.param(RECOGNIZE, pages_are_read, signal.SIGINT, id="recognize-reads-Ctrl-C"),
        pytest.param(RECOGNIZE, pages_are_read, signal.SIGTERM, id="recognize-reads-SIGTERM"),
        pytest.param(EVALUATE, prefects_server_starts, signal.SIGTERM, id="evaluate-SIGTERM"),
        pytest.param(TRAIN, worker_processes_make_crops, signal.SIGINT, id="train-Ctrl-C"),
        pytest.param(SYNTHESIZE, something_is_written, signal.SIGINT, id="synthesize-Ctrl-C"),
    ],
)
def test_a_signal_ends_the_command_with_one_sentence_and_no_process_left(
    tmp_path: Path,
    command: tuple[str, ...],
    moment: Callable[[psutil.Process, Path], bool],
    ending: signal.Signals,
) -> None:
    with (tmp_path / "errors").open("wb") as errors:
        process = start(command, tmp_path, errors.fileno())
    wait_for(moment, process, tmp_path / "out")

    if ending is signal.SIGINT:
        os.killpg(process.pid, ending)  # as a terminal does
    else:
        process.send_signal(ending)
    status = process.wait(BOUND)

    printed = (tmp_path / "errors").read_text()
    assert status == 128 + ending
    assert printed.endswith(SENTENCE)
    assert "Traceback" not in printed
    wait_until(lambda: not group_of(process.pid))


def test_a_terminal_gets_its_cursor_back(tmp_path: Path) -> None:
    here, there = pty.openpty()
    process = start(RECOGNIZE, tmp_path, there)
    wait_for(torch_is_imported, process, tmp_path / "out")

    os.killpg(process.pid, signal.SIGINT)
    status = process.wait(BOUND)

    printed = os.read(here, 10_000).decode()
    os.close(here)
    os.close(there)
    assert status == 130
    assert printed.replace("\r\n", "\n").endswith(SHOW_CURSOR + SENTENCE)


def test_a_reader_that_takes_no_more_output_stops_nothing(tmp_path: Path) -> None:
    taken, full = os.pipe()
    os.set_blocking(full, False)
    with suppress(BlockingIOError):
        while True:
            os.write(full, b"." * 4096)
    os.set_blocking(full, True)
    process = start(RECOGNIZE, tmp_path, full)
    wait_for(torch_is_imported, process, tmp_path / "out")

    os.killpg(process.pid, signal.SIGINT)
    status = process.wait(BOUND)

    os.close(taken)
    os.close(full)
    assert status == 130


def test_a_signal_to_a_forked_child_ends_that_child_alone() -> None:
    script = """
import os, signal, time
from flows.commands.interruption import ended_by_signals
with ended_by_signals():
    waking, woken = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(woken, b".")
        time.sleep(600)
    os.read(waking, 1)
    os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
    time.sleep(0.5)
"""

    result = subprocess.run([sys.executable, "-c", script], check=False, timeout=BOUND)

    assert result.returncode == 0
