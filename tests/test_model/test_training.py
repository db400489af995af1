"""Training truly learns, and depends on its state alone."""

import numpy as np
import pytest
import torch

from model.artifact import ArtifactError, ReaderArtifact, pack_artifact, unpack_artifact
from model.batch import Batch
from model.character_set import CharacterSet
from model.characters import LabelledImage, Labels
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.engines import TorchEngine
from model.metric import Counts, score_page
from model.page import Page
from model.reader import PageReader
from model.training import DivergedError, Trainer
from model.training_configuration import TrainingConfiguration
from tasks.crop_stream import collate

SIZE = 128
CHARACTERS = CharacterSet.of(range(0x3042, 0x304A))
SMALL = DetectorConfiguration(fpn_channels=32, head_channels=16, embedding_channels=64)


def striped_crop(seed: int) -> LabelledImage:
    """A crop of nine glyphs, each a pattern of bars that stands for one class."""
    rng = np.random.default_rng(seed)
    image = np.full((SIZE, SIZE, 3), 220, np.uint8)
    boxes, codepoints = [], []
    for row in range(3):
        for column in range(3):
            number = int(rng.integers(len(CHARACTERS.codepoints)))
            x, y = 8 + 40 * column, 8 + 40 * row
            for bit in range(3):
                image[y + 9 * bit : y + 9 * bit + 4, x : x + (28 if number >> bit & 1 else 12)] = 30
            image[y : y + 28, x : x + 3] = 30
            boxes.append((x, y, 28, 28))
            codepoints.append(CHARACTERS.codepoints[number])
    return LabelledImage(image, Labels(np.array(boxes, np.float32), np.array(codepoints, np.int32)))


CROPS = [striped_crop(seed) for seed in range(8)]


def batch_of(crops: list[LabelledImage]) -> Batch:
    return collate(crops, CHARACTERS, channels=1)


def new_trainer(steps: int = 150, precision: torch.dtype = torch.float32) -> Trainer:
    torch.manual_seed(0)
    detector = CharacterDetector(SMALL, CHARACTERS.class_count)
    configuration = TrainingConfiguration(
        steps=steps,
        batch_size=8,
        crop_size=SIZE,
        warmup_steps=10,
        learning_rate=3e-3,
        ema_decay=0.9,
    )
    return Trainer(detector, configuration, CHARACTERS.reject_class, precision)


def test_eight_crops_are_learnt_by_heart() -> None:
    trainer = new_trainer()
    batch = batch_of(CROPS)

    for _ in range(150):
        trainer.advance([batch])

    artifact = ReaderArtifact(trainer.averaged, CHARACTERS, 0.3, {})
    reader = PageReader(
        artifact, TorchEngine(artifact.detector, torch.device("cpu"), torch.float32)
    )
    counts = Counts(0, 0, 0)
    for crop in CROPS:
        [reading] = reader.read_at([Page(crop.image_HW3, SIZE, SIZE)], SIZE)
        points = reading.boxes_N4[:, :2] + reading.boxes_N4[:, 2:] / 2
        counts += score_page(crop.labels, reading.codepoints_NK[:, 0], points)
    assert counts.f1 > 0.99


def test_a_resumed_run_continues_bit_for_bit() -> None:
    batches = [batch_of(CROPS[i : i + 2]) for i in range(6)]
    whole, first, second = new_trainer(), new_trainer(), new_trainer()

    expected = [whole.advance([batch]) for batch in batches]
    for batch in batches[:3]:
        first.advance([batch])
    second.load_state_dict(first.state_dict())
    resumed = [second.advance([batch]) for batch in batches[3:]]

    assert resumed == expected[3:]
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name


@pytest.mark.parametrize(
    "crops",
    [
        pytest.param(
            [LabelledImage(np.zeros((SIZE, SIZE, 3), np.uint8), Labels.empty())], id="blank"
        ),
        pytest.param(
            [
                LabelledImage(
                    CROPS[0].image_HW3,
                    Labels(CROPS[0].labels.boxes_N4, np.full(9, 0x4E00, np.int32)),
                )
            ],
            id="characters that the class list lacks",
        ),
    ],
)
def test_a_batch_without_classes_is_still_a_step(crops: list[LabelledImage]) -> None:
    report = new_trainer().advance([batch_of(crops * 2)])

    assert np.isfinite(report.loss)


def test_a_loss_that_is_not_finite_stops_the_run() -> None:
    trainer = new_trainer()
    with torch.no_grad():
        next(trainer.detector.parameters()).fill_(float("nan"))

    with pytest.raises(DivergedError, match="step 0"):
        trainer.advance([batch_of(CROPS[:2])])


def test_a_loss_that_explodes_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.training.SETTLING_STEPS", 2)
    trainer, batch = new_trainer(), batch_of(CROPS[:2])
    for _ in range(2):
        trainer.advance([batch])
    with torch.no_grad():
        trainer.detector.heatmap[-1].bias.fill_(50.0)

    with pytest.raises(DivergedError, match="lower the learning rate") as stopped:
        trainer.advance([batch])

    assert np.isfinite(trainer.usual_loss)
    assert (stopped.value.step, stopped.value.batches) == (2, [batch])


def test_float16_skips_a_step_whose_gradient_overflows() -> None:
    trainer, batch = new_trainer(precision=torch.float16), batch_of(CROPS[:2])
    parameter = next(trainer.detector.parameters())
    hook = parameter.register_hook(lambda gradient: gradient * torch.inf)
    before, scale = parameter.detach().clone(), trainer.scaler.get_scale()

    report = trainer.advance([batch])

    assert not np.isfinite(report.gradient_norm)
    assert torch.equal(parameter, before)
    assert trainer.scaler.get_scale() == scale / 2

    hook.remove()
    trainer.scaler.update(1024.0)
    report = trainer.advance([batch])

    assert np.isfinite(report.gradient_norm)
    assert not torch.equal(parameter, before)


def test_the_scale_of_float16_is_resumed() -> None:
    first, second = (new_trainer(precision=torch.float16) for _ in range(2))
    next(first.detector.parameters()).register_hook(lambda gradient: gradient * torch.inf)
    initial = first.scaler.get_scale()
    first.advance([batch_of(CROPS[:2])])

    second.load_state_dict(first.state_dict())

    assert second.scaler.get_scale() == first.scaler.get_scale() == initial / 2


def test_an_artifact_reads_as_the_model_that_was_packed() -> None:
    detector = new_trainer().averaged
    data = pack_artifact(ReaderArtifact(detector, CHARACTERS, 0.25, {"licence": "CC BY-SA 4.0"}))

    restored = unpack_artifact(data)

    assert restored.characters == CHARACTERS
    assert restored.threshold == 0.25
    assert restored.card == {"licence": "CC BY-SA 4.0"}
    assert pack_artifact(restored) == data


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x08" + bytes(7) + b"{}      ", bytes(64)])
def test_foreign_bytes_are_no_artifact(data: bytes) -> None:
    with pytest.raises(ArtifactError, match="not a model artifact"):
        unpack_artifact(data)


def test_the_learning_rate_rises_then_falls_to_zero() -> None:
    configuration = TrainingConfiguration(steps=100, warmup_steps=10, learning_rate=1.0)

    rates = [configuration.learning_rate_at(step) for step in (0, 9, 10, 55, 100)]

    assert rates == pytest.approx([0.1, 1.0, 1.0, 0.5, 0.0])
