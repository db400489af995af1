"""The command line: what is missing is one sentence that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from iiif_server import serve_iiif
from prefect.settings import PREFECT_API_URL
from typer.testing import CliRunner

from flows.cli import app

PAGE = Path(__file__).parents[2] / "demo" / "archive"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["recognize", "/no/such/archive"], "/no/such/archive", id="archive"),
        pytest.param(["recognize", "ftp://host/scans"], "ftp", id="scheme"),
        pytest.param(["recognize", "http://"], "http:// or https://", id="address"),
        pytest.param(["recognize", str(PAGE), "--select", "*.gif"], "no JPEG", id="empty"),
        pytest.param(["recognize", str(PAGE), "--model", "/no/model.bin"], "/no/model", id="model"),
        pytest.param(
            ["recognize", str(PAGE), "--model", __file__], "not a model", id="not a model"
        ),
        pytest.param(["recognize", str(PAGE), "--device", "cuda:99"], "nvidia-smi", id="device"),
    ],
)
def test_what_is_missing_is_one_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "out")])

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_missing_bucket_is_one_sentence(tmp_path: Path, s3_environment: str) -> None:
    assert s3_environment
    command = ["recognize", "s3://no-such-bucket/scans", "--output", str(tmp_path / "out")]

    result = CliRunner().invoke(app, command)

    assert result.exit_code == 2
    assert "no-such-bucket" in result.stderr


@pytest.mark.parametrize(
    ("allowed", "sentence"), [("0", "--allow-private-hosts"), ("1", "there is nothing at")]
)
def test_private_hosts_are_asked_only_where_the_environment_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: str, sentence: str
) -> None:
    monkeypatch.setenv("KUZUSHIJI_IIIF_ALLOW_PRIVATE", allowed)
    with serve_iiif(tmp_path) as server:
        command = ["recognize", f"{server.url}/manifest.json", "--output", str(tmp_path / "out")]
        result = CliRunner().invoke(app, command)

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert server.asked == ["/manifest.json"] * int(allowed)


def test_scoring_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flows.cli", "evaluate", str(tmp_path / "none")]
    environment = {**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value() or ""}

    result = subprocess.run(
        [*command, "--labels", str(PAGE.parent / "labels.csv")],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )

    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert str(tmp_path / "none") in result.stderr


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    assert all(name in result.output for name in ("recognize", "evaluate", "train", "synthesize"))
