"""``kuzushiji models``: the way of a model from a file to champion and back."""

from pathlib import Path

import pytest
from click.testing import Result
from small_model import small_model
from typer.testing import CliRunner

from flows.cli import app
from model.artifact import artifact_digest
from tasks.models import REGISTRY

FIRST, SECOND = (artifact_digest(small_model(number)) for number in range(2))


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(REGISTRY, str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "200")
    for number in range(2):
        (tmp_path / f"{number}.safetensors").write_bytes(small_model(number))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments])


def test_a_model_is_added_promoted_shown_and_rolled_back(files: Path) -> None:
    why = ["--why", "reads seals", "--who", "curator"]

    added = run("add", f"{files}/0.safetensors")
    first = run("promote", FIRST[:8], *why)
    second = run("promote", f"{files}/1.safetensors", *why, "--anyway")
    listed = run("list")
    back = run("rollback", "--why", "misses furigana")
    shown = run("show", "champion")

    assert FIRST in added.output
    assert "is champion of 'default'" in first.output
    assert f"{SECOND[:12]} is champion" in second.output
    assert "reads seals" in listed.output
    assert FIRST[:12] in listed.output
    assert f"{FIRST[:12]} is champion of 'default' again" in back.output
    assert FIRST in shown.output
    assert "misses furigana" in shown.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["show", "abcdef"], "holds no model abcdef", id="unknown"),
        pytest.param(["show", "champion:ise"], "has no champion of 'ise'", id="no champion"),
        pytest.param(["rollback", "--why", "x"], "to return to", id="nothing before"),
        pytest.param(["promote", "nowhere.bin", "--why", "x"], "nowhere.bin", id="no file"),
        pytest.param(["add", __file__], "not a model artifact", id="no model"),
    ],
)
def test_what_does_not_work_is_one_sentence(
    files: Path, arguments: list[str], sentence: str
) -> None:
    run("add", f"{files}/0.safetensors")

    result = run(*arguments)

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_second_champion_needs_a_comparison(files: Path) -> None:
    run("promote", f"{files}/0.safetensors", "--why", "first")

    result = run("promote", f"{files}/1.safetensors", "--why", "newer")

    assert result.exit_code == 2
    assert "show with --examinations that the model is better" in result.stderr


def test_without_a_registry_the_card_of_a_file_is_shown(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(REGISTRY)

    assert FIRST in run("show", f"{files}/0.safetensors").output
    assert f"set {REGISTRY}" in run("list").stderr
