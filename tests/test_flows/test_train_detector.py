"""Training as a user starts it: synthetic and labelled pages, then recognition with the result."""

from pathlib import Path

import pytest

from flows.train_detector import train_detector
from tasks.models import load_model
from tasks.synthetic_pages import render_pages

FONTS = Path(__file__).parents[1] / "data" / "fonts"


def test_a_model_is_trained_on_synthetic_and_labelled_pages(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    render_pages(pages, 1, fonts=[FONTS], books=["ise"], seed=1)

    report = train_detector(
        output=str(tmp_path / "run"),
        fonts=[str(FONTS)],
        labels=str(pages / "labels.csv"),
        images=str(pages / "archive"),
        steps=1,
        batch_size=2,
    )

    assert report["step"] == 1
    assert load_model(str(tmp_path / "run" / "model.safetensors")).artifact.card["steps"] == 1
    assert (tmp_path / "run" / "configuration.json").is_file()


def test_labels_need_images(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give both or neither"):
        train_detector(output=str(tmp_path), labels="train.csv")
