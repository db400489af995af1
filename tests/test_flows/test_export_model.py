"""``kuzushiji export-model``: what it writes is what ``recognize --engine`` takes."""

from pathlib import Path

import pytest
from click.testing import Result
from small_archive import fill, good_pages
from typer.testing import CliRunner

from flows.cli import app
from model.artifact import artifact_digest
from tasks.model_export import read_facts
from tasks.object_store import open_store
from tasks.readings import read_rows


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("archive"), good_pages(2))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
def folder(archive: Path, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command has written both networks here and told where they lie."""
    folder = tmp_path_factory.mktemp("networks")
    model = ("--model", str(small_model))
    result = run("export-model", f"{folder}/", *model, "--calibrate", str(archive))
    told = [f"{folder}/network.onnx", f"{folder}/network-int8.onnx"]
    assert result.stdout.splitlines()[-2:] == told, result.output
    return folder


def test_exported_networks_tell_their_model_and_how_they_were_measured(
    folder: Path, small_model: Path
) -> None:
    names = ("network.onnx", "network-int8.onnx")

    exact, rounded = (read_facts((folder / name).read_bytes()) for name in names)

    assert exact.digest == rounded.digest == artifact_digest(small_model.read_bytes())
    assert (exact.precision, rounded.precision) == ("float32", "int8")
    assert rounded.calibration == tuple(good_pages(2))


def test_an_exported_network_reads_an_archive(
    archive: Path, small_model: Path, folder: Path, tmp_path: Path
) -> None:
    places = (str(archive), "--output", str(tmp_path))
    engine = ("--engine", f"onnxruntime:{folder}/network.onnx")

    result = run("recognize", *places, "--model", str(small_model), *engine)

    rows = list(read_rows(open_store(str(tmp_path))))
    assert result.exit_code == 0, result.output
    assert {row.engine for row in rows} == {"onnxruntime float32"}
    assert sum(len(row.reading or ()) for row in rows) > 0


def test_a_network_of_another_model_is_refused_by_one_sentence(
    archive: Path, folder: Path, tmp_path: Path
) -> None:
    engine = ("--engine", f"onnxruntime:{folder}/network.onnx")

    result = run("recognize", str(archive), "--output", str(tmp_path), *engine)

    assert result.exit_code == 2
    assert "export the model that reads" in result.output


def test_a_model_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = run("export-model", str(tmp_path), "--model", f"{tmp_path}/none.safetensors")

    assert result.exit_code == 2
    assert "none.safetensors" in result.output
    assert not list(tmp_path.iterdir())
