"""Calibration as a user starts it: held-out pages in, the same model with true confidences out."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli import app
from model.artifact import artifact_digest
from model.calibration import CARD, Calibration
from tasks.challenge import read_labels, write_labels
from tasks.models import load_model, read_model

DEMO = Path(__file__).parents[2] / "demo"
LABELLED, TRANSCRIBED = "ise_00001", "hojoki_00001"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of one book with boxes, and one of another book with its text."""
    folder = tmp_path_factory.mktemp("pages")
    labels = read_labels(DEMO / "labels.csv")
    for name in (LABELLED, TRANSCRIBED):
        (folder / name / "images").mkdir(parents=True)
        book = name.partition("_")[0]
        shutil.copy(DEMO / "archive" / book / f"{name}.jpg", folder / name / "images")
    (folder / LABELLED / "train.csv").write_bytes(write_labels({LABELLED: labels[LABELLED]}))
    text = "".join(map(chr, labels[TRANSCRIBED].codepoints_N))
    (folder / TRANSCRIBED / f"{TRANSCRIBED}.txt").write_text(text, "utf-8")
    return folder


def test_a_model_is_calibrated_on_boxes_and_on_texts(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["calibrate", "--output", str(out), "--labels", f"kaggle:{pages}/{LABELLED}"]
    texts = ["--pages", f"{pages}/{TRANSCRIBED}/images", "--transcriptions"]

    result = CliRunner().invoke(app, [*command, *texts, f"{pages}/{TRANSCRIBED}"])

    assert result.exit_code == 0, result.output
    assert "threshold for F1" in result.output
    model = load_model(f"{out}/model.safetensors")
    figures = json.loads((out / "calibration.json").read_bytes())
    assert model.artifact.card[CARD] == figures
    assert model.artifact.card["calibrated_from"] == artifact_digest(read_model("builtin"))
    assert Calibration.of_card(model.artifact.card) is not None
    assert (figures["pages"], figures["books"]) == (2, 2)
    assert figures["ece_all"] < figures["ece_uncalibrated"]
    picture = np.frombuffer((out / "reliability.png").read_bytes(), np.uint8)
    assert cv2.imdecode(picture, cv2.IMREAD_COLOR) is not None
    weights = load_model().artifact.detector.state_dict()
    for name, tensor in model.artifact.detector.state_dict().items():
        assert np.array_equal(tensor.numpy(), weights[name].numpy())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param([], "calibration needs labels, or pages together", id="no pages"),
        pytest.param(["--pages", "x"], "calibration needs labels, or pages together", id="no text"),
        pytest.param(["--labels", "kaggle"], "KIND:LOCATION", id="no kind"),
        pytest.param(["--labels", "kaggle:/no/where"], "/no/where", id="no folder"),
        pytest.param(["--labels", f"kaggle:{DEMO}"], "train.csv", id="no labels"),
    ],
)
def test_what_is_missing_is_one_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(app, ["calibrate", "--output", f"{tmp_path}/out", *arguments])

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
