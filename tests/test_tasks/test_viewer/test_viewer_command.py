"""``kuzushiji view``: what is missing is one sentence, and Ctrl-C ends it quietly."""

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner
from viewer_archive import Archive

from flows.cli import app
from tasks.viewer.server import usual_port


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["/no/such/output"], "/no/such/output", id="no output"),
        pytest.param(["{out}"], "--archive", id="no archive"),
        pytest.param(["{out}", "--archive", "/no/such/scans"], "/no/such/scans", id="no scans"),
        pytest.param(["{scans}", "--archive", "{scans}"], "kuzushiji recognize", id="no readings"),
        pytest.param(
            ["{out}", "--archive", "{scans}", "--export", "s3://bucket"], "folder", id="bucket"
        ),
        pytest.param(
            ["{out}", "--archive", "{scans}", "--export", "{scans}"],
            "another folder",
            id="occupied",
        ),
    ],
)
def test_what_is_missing_is_one_sentence(
    archive: Archive, arguments: list[str], sentence: str
) -> None:
    places = {"out": archive.output.location, "scans": archive.scans.location}

    result = CliRunner().invoke(app, ["view", *(text.format(**places) for text in arguments)])

    assert result.exit_code == 2
    sentences = [line for line in result.stderr.splitlines() if line.startswith("kuzushiji: ")]
    assert len(sentences) == 1
    assert sentence in sentences[0]
    assert "Traceback" not in result.output


def test_a_taken_port_is_one_sentence(archive: Archive) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = ["view", archive.output.location, "--archive", archive.scans.location]

        result = CliRunner().invoke(app, [*command, "--port", port])

    assert result.exit_code == 2
    assert f"port {port} is taken" in result.stderr


def test_an_export_says_where_it_lies(archive: Archive, tmp_path: Path) -> None:
    command = ["view", archive.output.location, "--archive", archive.scans.location]

    result = CliRunner().invoke(app, [*command, "--export", str(tmp_path / "site")])

    assert result.exit_code == 0
    assert str(tmp_path / "site") in result.stdout
    assert (tmp_path / "site/index.html").is_file()


def test_it_serves_until_it_is_interrupted(archive: Archive) -> None:
    command = ["view", archive.output.location, "--archive", archive.scans.location]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "flows.cli", *command, "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[4]
        with urllib.request.urlopen(address, timeout=30) as response:  # noqa: S310 - our own address
            page = response.read()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()

    assert b"<!doctype html>" in page
    assert (process.returncode, rest) == (128 + signal.SIGINT, "")  # as every command ends


def test_an_output_has_the_same_port_every_time() -> None:
    ports = {usual_port("s3://readings/genji"), usual_port("s3://readings/genji")}

    assert len(ports) == 1
    assert usual_port("s3://readings/ise") not in ports
