"""How the rounds treat what they are given: the model's architecture, pages that are odd."""

import json
from pathlib import Path

import pytest
from prefect import flow
from small_archive import fill, jpeg

from flows.adapt_collection import adapt_collection
from model.characters import Labels
from model.configuration import DetectorConfiguration
from model.presets import PRESETS, Preset
from model.training_configuration import TrainingConfiguration
from tasks.challenge import write_labels
from tasks.examination import Examination, examine_model
from tasks.label_sources import open_labels
from tasks.page_alignment import TranscribedPages, align_pages, open_transcribed
from tasks.training_sources import HeldOutPages

FONTS = Path(__file__).parents[1] / "data" / "fonts"
SMALL = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return fill(tmp_path / "scans", {f"book/{number}.jpg": jpeg(number) for number in range(3)})


def test_a_model_is_trained_as_its_architecture_is(
    archive: Path, tmp_path: Path, small_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = TrainingConfiguration(learning_rate=2e-4, batch_size=2, crop_size=64)
    monkeypatch.setitem(PRESETS, "base", lambda: Preset(SMALL, training))  # type: ignore[arg-type]

    adapt_collection(
        pages=str(archive),
        output=str(tmp_path / "out"),
        model=str(small_model),
        hold_out=["*0.jpg"],
        rounds=1,
        steps=1,
        training={"fonts": [str(FONTS)]},
    )

    run = json.loads((tmp_path / "out/round-1/training/configuration.json").read_bytes())
    assert run["detector"] == SMALL.to_dict()
    assert run["card"]["preset"] == "base"
    assert run["training"]["learning_rate"] == 1e-4


def test_labelled_scans_that_are_broken_are_left_out_of_the_examination(
    tmp_path: Path, small_model: Path
) -> None:
    root = fill(
        tmp_path, {"train_images/good.jpg": jpeg(1), "train_images/broken.jpg": b"\xff\xd8"}
    )
    (root / "train.csv").write_bytes(
        write_labels({"good": Labels.empty(), "broken": Labels.empty()})
    )
    opened = open_labels("kaggle", str(root))
    labelled = HeldOutPages(opened.store, opened.pages)
    nothing = TranscribedPages(labelled.store, [])

    @flow(name="examine")
    def examine() -> Examination:
        found: Examination = examine_model(
            str(small_model), nothing, [labelled], f"{root}/out", device="cpu"
        )
        return found

    assert [page.page for page in examine().pages] == ["good.jpg"]


def test_a_page_with_the_text_of_a_book_is_left_out_and_named(
    archive: Path, tmp_path: Path, small_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    texts = fill(
        tmp_path / "texts", {"book/0.txt": "いろは".encode(), "book/1.txt": "い".encode() * 16_667}
    )

    @flow(name="align")
    def align() -> dict[str, float]:
        pages = open_transcribed(str(archive), str(texts))
        found: dict[str, float] = align_pages(
            pages, str(small_model), f"{tmp_path}/out", device="cpu"
        )
        return found

    assert align()["pages"] == 1
    assert "book/1.jpg is left out: the text of a page may have at most 16666" in caplog.text
