"""Adaptation as a user starts it: pages and their texts in, a model and its figures out."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.adapt_collection import adapt_collection
from flows.cli import app
from tasks.challenge import read_labels, write_labels
from tasks.challenge_pages import render_challenge
from tasks.label_sources import open_labels
from tasks.models import load_model
from tasks.object_store import open_store

FONTS = Path(__file__).parents[1] / "data" / "fonts"
TRAINING = {"fonts": [str(FONTS)], "batch_size": 1, "crop_size": 64}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two books of a page each, with scans, transcriptions and boxes."""
    from zipfile import ZipFile

    folder = tmp_path_factory.mktemp("collection")
    render_challenge(folder, 2, books=["one", "two", "test"], fonts=[FONTS], height=640)
    with ZipFile(folder / "train_images.zip") as images:
        images.extractall(folder / "train_images")
    labels = read_labels((folder / "train.csv").read_bytes())
    lines = [f"{page}\t{''.join(map(chr, truth.codepoints_N))}" for page, truth in labels.items()]
    (folder / "texts").mkdir()
    (folder / "texts/pages.tsv").write_text("\n".join(["image_id\ttext", *lines]), "utf-8")
    return folder


def test_a_collection_is_adapted_round_by_round(collection: Path, tmp_path: Path) -> None:
    parameters = {
        "pages": str(collection / "train_images"),
        "transcriptions": str(collection / "texts"),
        "output": str(tmp_path / "out"),
        "hold_out": ["two_*"],
        "rounds": 1,
        "steps": 1,
        "training": TRAINING,
    }

    result = adapt_collection(**parameters)
    again = adapt_collection(**parameters)

    first, second = result["rounds"]
    labels = open_labels("aligned", str(tmp_path / "out/round-1/labels"))
    assert first["model"] == "builtin"
    assert {"cer", "aligned"} <= set(first) & set(second)
    assert second["digest"] == load_model(second["model"]).digest
    assert second["named"] > 0
    assert [scan.key.startswith("one_") for scan, _ in labels.pages] == [True, True]
    assert again == result
    assert json.loads(open_store(str(tmp_path / "out")).get("adaptation.json")) == result


def test_without_texts_it_learns_from_what_it_reads_with_confidence(
    collection: Path, tmp_path: Path
) -> None:
    result = adapt_collection(
        pages=str(collection / "train_images"),
        output=str(tmp_path / "out"),
        hold_out=["two_*"],
        rounds=1,
        steps=1,
        training=TRAINING,
    )

    assert result["rounds"][1]["named"] > 0
    assert "cer" not in result["rounds"][1]


def boxes_of(collection: Path, book: str, folder: Path) -> Path:
    """One book with boxes, in a place of its own."""
    shutil.copytree(collection / "train_images", folder / "train_images")
    labels = read_labels((collection / "train.csv").read_bytes())
    kept = {page: truth for page, truth in labels.items() if page.startswith(f"{book}_")}
    (folder / "train.csv").write_bytes(write_labels(kept))
    return folder


def test_pages_with_boxes_give_f1(collection: Path, tmp_path: Path) -> None:
    output, boxes = tmp_path / "out", boxes_of(collection, "one", tmp_path / "boxes")

    result = CliRunner().invoke(
        app,
        [
            *("adapt", "--pages", str(collection / "train_images"), "--output", str(output)),
            *("--transcriptions", str(collection / "texts"), "--hold-out", "one_*"),
            *("--labels", f"kaggle:{boxes}", "--rounds", "1", "--steps", "1"),
            *("--fonts", str(FONTS), "--batch-size", "1", "--crop-size", "64"),
        ],
    )

    rounds = json.loads((output / "adaptation.json").read_text("utf-8"))["rounds"]
    assert result.exit_code == 0, result.output
    assert 0 < rounds[0]["f1"] <= 1
    assert "The best model is" in result.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param(["--hold-out", "nine_*"], "no page is called like", id="glob"),
        pytest.param(["--hold-out", "*"], "none is left to learn from", id="all held out"),
        pytest.param(["--labels", "boxes"], "KIND:LOCATION", id="labels"),
        pytest.param(["--transcriptions", "/no/such"], "/no/such", id="transcriptions"),
    ],
)
def test_what_is_missing_is_one_sentence(
    collection: Path, tmp_path: Path, options: list[str], sentence: str
) -> None:
    texts = ["--transcriptions", str(collection / "texts")]
    command = ["adapt", "--pages", str(collection / "train_images"), "--output", str(tmp_path)]

    result = CliRunner().invoke(app, [*command, *texts, *options])

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
