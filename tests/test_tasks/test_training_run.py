"""A training run in a folder: interrupted and resumed, it ends in the same weights."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.artifact import unpack_artifact
from model.character_set import CharacterSet
from model.characters import Labels
from model.configuration import DetectorConfiguration
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import Corpus
from model.training import StepReport, TrainingConfiguration
from tasks.fonts import load_fonts
from tasks.object_store import ObjectStore, open_store
from tasks.training_data import CropDataset, LabelledPages, SyntheticSource
from tasks.training_run import TrainingRun, train

FONTS = Path(__file__).parents[1] / "data" / "fonts"
CORPUS = Corpus(["いろはにほへとちりぬるを"])
CHARACTERS = CharacterSet.of(CORPUS.codepoints_C)
SMALL = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)


@pytest.fixture(scope="module")
def source() -> SyntheticSource:
    atlas = build_atlas(load_fonts([FONTS]), CHARACTERS.codepoints)
    return SyntheticSource(atlas, CORPUS)


def run_in(folder: Path, source: SyntheticSource, seed: int = 0) -> TrainingRun:
    training = TrainingConfiguration(
        steps=5, batch_size=2, crop_size=128, warmup_steps=2, seed=seed
    )
    return TrainingRun(
        store=open_store(str(folder), create=True),
        detector=SMALL,
        training=training,
        characters=CHARACTERS,
        sources=[source],
        weights=[1.0],
        workers=0,
        checkpoint_every=2,
    )


def interrupt_at(step: int) -> object:
    def on_step(report: StepReport) -> None:
        if report.step == step:
            raise KeyboardInterrupt

    return on_step


def test_an_interrupted_run_ends_in_the_same_weights(
    tmp_path: Path, source: SyntheticSource
) -> None:
    whole, parted = run_in(tmp_path / "whole", source), run_in(tmp_path / "parted", source)
    steps: list[int] = []

    train(whole, scalars=tmp_path / "tensorboard")
    with pytest.raises(KeyboardInterrupt):
        train(parted, interrupt_at(3))
    train(parted, lambda report: steps.append(report.step))

    assert steps == [3, 4, 5]  # the checkpoint of step 2 is the last that was written
    assert whole.store.get("model.safetensors") == parted.store.get("model.safetensors")
    assert list((tmp_path / "tensorboard").iterdir())


def test_the_artifact_is_a_reader(tmp_path: Path, source: SyntheticSource) -> None:
    run = run_in(tmp_path, source)

    train(run)

    assert unpack_artifact(run.store.get("model.safetensors")).characters == CHARACTERS


def test_two_checkpoints_are_kept(tmp_path: Path, source: SyntheticSource) -> None:
    run = run_in(tmp_path, source)

    train(run)

    keys = [info.key for info in run.store.list("checkpoints/")]
    assert keys == ["checkpoints/step-00000004.pt", "checkpoints/step-00000005.pt"]


def test_another_configuration_does_not_resume(tmp_path: Path, source: SyntheticSource) -> None:
    train(run_in(tmp_path, source))

    with pytest.raises(ValueError, match="seed"):
        train(run_in(tmp_path, source, seed=1))


def test_a_crop_depends_on_its_number_alone(source: SyntheticSource) -> None:
    one = CropDataset([source], [1.0], size=128, character_size=28, seed=3)
    other = CropDataset([source], [1.0], size=128, character_size=28, seed=3)

    _ = one[0]

    assert np.array_equal(one[7].image_HW3, other[7].image_HW3)


@pytest.fixture
def scans(tmp_path: Path) -> ObjectStore:
    image = np.full((600, 400, 3), 230, np.uint8)
    cv2.rectangle(image, (100, 100), (140, 150), (0, 0, 0), -1)
    cv2.imwrite(str(tmp_path / "book_00001.png"), image)
    return open_store(str(tmp_path))


def test_a_crop_of_a_labelled_page_keeps_its_boxes_on_the_ink(scans: ObjectStore) -> None:
    box = np.array([[100, 100, 41, 51]], np.float32)
    labels = {"book_00001": Labels(box, np.array([0x3044], np.int32))}

    pages = LabelledPages.match(scans, labels)
    crops = [pages.crop(np.random.default_rng(seed), 256, 28.0) for seed in range(8)]

    for crop in crops:
        [[x, y, width, height]] = crop.labels.boxes_N4.round().astype(int)
        grey = crop.image_HW3.mean(2)
        ink = grey < (grey.min() + grey.max()) / 2
        assert ink[y : y + height, x : x + width].mean() > 0.8
        assert 28 * 0.6 < max(width, height) < 28 * 1.7


def test_labels_without_scans_are_refused(scans: ObjectStore) -> None:
    with pytest.raises(ValueError, match="image_id"):
        LabelledPages.match(scans, {"another": Labels.empty()})
