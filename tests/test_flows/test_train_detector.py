"""Training as a user starts it, from sources to the F1 of held-out pages."""

import base64
import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.settings import PREFECT_API_URL

from flows.train_detector import train_detector
from tasks.challenge_pages import render_challenge
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.training_material import LabelledSource
from tasks.training_run import TrainingRun

FONTS = [str(Path(__file__).parents[1] / "data" / "fonts")]


def test_the_challenge_goes_from_its_zip_to_a_submission(tmp_path: Path) -> None:
    render_challenge(tmp_path / "data", 2, fonts=[Path(FONTS[0])])

    result = train_detector(
        output=str(tmp_path / "run"),
        sources=[LabelledSource("kaggle", str(tmp_path / "data"))],
        preset="fifth-place",
        steps=1,
        batch_size=1,
        crop_size=64,
    )

    run = open_store(str(tmp_path / "run"))
    submission = run.get("validation/readings/submission.csv").decode()
    held_out = list(csv.DictReader(io.StringIO(run.get("validation/labels.csv").decode())))
    assert result["step"] == 1
    assert result["validation"]["overall"]["pages"] == len(held_out) > 0
    assert submission.startswith("image_id,labels\n")
    assert load_model(f"{tmp_path}/run/model.safetensors").artifact.card["preset"] == "fifth-place"


def test_few_labels_beside_a_corpus_leave_its_frequencies_to_the_artifact(tmp_path: Path) -> None:
    render_challenge(tmp_path / "data", 2, fonts=[Path(FONTS[0])])
    counts = tmp_path / "counts.csv"
    counts.write_text("unicode,char,count\nU+3042,あ,1000\nU+3044,い,1000\nU+4EBA,人,10\n")

    train_detector(
        output=str(tmp_path / "run"),
        sources=[LabelledSource("kaggle", str(tmp_path / "data"))],
        fonts=FONTS,
        characters=str(counts),
        steps=1,
        batch_size=1,
        crop_size=64,
        only="crops",
    )

    run = TrainingRun.open(str(tmp_path / "run"))
    assert len(run.offsets) == len(run.characters.codepoints) == 3
    assert any(run.offsets)


def test_each_stage_runs_alone_in_a_bucket(s3_bucket: str) -> None:
    output = f"s3://{s3_bucket}/run"
    parameters = {"output": output, "fonts": FONTS, "steps": 1, "batch_size": 1, "crop_size": 64}

    train_detector(**parameters, only="crops")
    fitted = train_detector(**parameters, only="fit")
    result = train_detector(**parameters, only="validate")

    keys = {info.key.split("/")[0] for info in open_store(output).list()}
    assert fitted["step"] == 1
    assert result["validation"]["overall"]["pages"] == 6
    assert {"checkpoints", "configuration.json", "crops", "model.safetensors"} <= keys
    assert {"curves.png", "tensorboard", "validation"} <= keys
    assert curves_in_prefect() == open_store(output).get("curves.png")


def curves_in_prefect() -> bytes:
    """The newest picture of curves among Prefect's artifacts, seen to be a PNG."""
    with get_client(sync_client=True) as client:
        key = ArtifactFilter(key=ArtifactFilterKey(any_=["training-curves"]))
        newest = max(client.read_artifacts(artifact_filter=key), key=lambda one: one.created)
    prefix, _, data = str(newest.data).partition(",")
    picture = base64.b64decode(data)
    assert prefix == "data:image/png;base64"
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    return picture


def test_the_command_shows_progress_and_no_traceback(tmp_path: Path) -> None:
    render_challenge(tmp_path / "data", 1, fonts=[Path(FONTS[0])])

    result = train_by_command(tmp_path)

    assert result.returncode == 0
    assert "steps 1/1: loss" in result.stderr
    assert "waiting" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_command_trains_on_a_single_book_where_all_are_asked_for(tmp_path: Path) -> None:
    render_challenge(tmp_path / "data", 1, books=["one", "other"], fonts=[Path(FONTS[0])])

    refused = train_by_command(tmp_path)
    trained = train_by_command(tmp_path, "--all-books")

    assert refused.returncode == 2
    assert "--all-books" in refused.stderr
    assert trained.returncode == 0
    assert (tmp_path / "run" / "model.safetensors").exists()


def train_by_command(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """Train one step on the challenge's layout in ``folder/data``."""
    command = [sys.executable, "-m", "flows.cli", "train", "--output", str(folder / "run")]
    material = ["--source", "kaggle", "--root", str(folder / "data"), "--fonts", FONTS[0]]
    size = ["--steps", "1", "--batch-size", "1", "--crop-size", "64"]
    return subprocess.run(
        [*command, *material, *size, *more],
        env={**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value() or ""},
        cwd=Path(__file__).parents[2],  # whose pyproject.toml enables Prefect's plugins
        capture_output=True,
        check=False,
        text=True,
    )


def test_training_without_crops_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no object"):
        train_detector(output=str(tmp_path), only="fit")


def test_a_book_alone_cannot_be_split(tmp_path: Path) -> None:
    render_challenge(tmp_path / "data", 1, books=["one", "other"], fonts=[Path(FONTS[0])])

    with pytest.raises(ValueError, match="one book only"):
        train_detector(
            output=str(tmp_path / "run"),
            sources=[LabelledSource("kaggle", str(tmp_path / "data"))],
            preset="fifth-place",
        )
