"""Losses: least where the network is right, blind where nobody knows the truth."""

from dataclasses import replace

import pytest
import torch

from model.batch import IGNORED_CLASS, UNKNOWN_CLASS, Batch
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.heatmap_loss import LOSSES, heatmap_loss
from model.loss_configuration import HeatmapLoss, LossConfiguration
from model.losses import BOX_ERRORS, jitter_boxes, training_losses

SMALL = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)
REJECT = 4
NOTHING_IGNORED = torch.zeros((1, 8, 8), dtype=torch.bool)


def target() -> torch.Tensor:
    values = torch.zeros((1, 8, 8))
    values[0, 3, 4], values[0, 3, 5] = 1.0, 0.4
    return values


@pytest.mark.parametrize("kind", list(LOSSES))
def test_the_right_heat_map_costs_least(kind: HeatmapLoss) -> None:
    right = torch.logit(target().clamp(0.001, 0.999))
    shifted = right.roll(2, dims=2)

    costs = [heatmap_loss(x, target(), NOTHING_IGNORED, kind) for x in (right, shifted)]

    assert 0 <= costs[0] < costs[1]


@pytest.mark.parametrize("kind", list(LOSSES))
def test_ignored_cells_say_nothing(kind: HeatmapLoss) -> None:
    logits = torch.zeros((1, 8, 8), requires_grad=True)
    ignored = NOTHING_IGNORED.clone()
    ignored[0, :, 6:] = True

    heatmap_loss(logits, target(), ignored, kind).backward()

    assert logits.grad is not None
    assert (logits.grad[0, :, 6:] == 0).all()
    assert (logits.grad[0, :, :4] != 0).any()


@pytest.fixture(scope="module")
def detector() -> CharacterDetector:
    torch.manual_seed(0)
    return CharacterDetector(SMALL, REJECT + 1).eval()


def batch_with(classes: list[int]) -> Batch:
    torch.manual_seed(1)
    count = len(classes)
    boxes = torch.tensor([[8.0 + 20 * n, 20.0, 16.0, 24.0] for n in range(count)])
    return Batch(
        image_BCHW=torch.randint(0, 255, (1, 1, 64, 64), dtype=torch.uint8),
        boxes_N4=boxes.reshape(-1, 4),
        classes_N=torch.tensor(classes, dtype=torch.long),
        pages_N=torch.zeros(count, dtype=torch.long),
    )


WITHOUT_REJECTS = LossConfiguration(rejects_per_image=0)


def test_unknown_characters_train_place_and_size_but_no_class(
    detector: CharacterDetector,
) -> None:
    losses = training_losses(detector, batch_with([UNKNOWN_CLASS]), REJECT, WITHOUT_REJECTS)

    assert losses.heatmap > 0
    assert losses.size > 0
    assert losses.classes == 0


def test_ignored_regions_train_neither_class_nor_size(detector: CharacterDetector) -> None:
    losses = training_losses(detector, batch_with([IGNORED_CLASS]), REJECT, WITHOUT_REJECTS)

    assert losses.size == 0
    assert losses.classes == 0


@pytest.mark.parametrize("classes", [[], [2], [UNKNOWN_CLASS], [IGNORED_CLASS], [1, -1, -2]])
def test_every_parameter_gets_a_gradient(classes: list[int]) -> None:
    fresh = CharacterDetector(SMALL, REJECT + 1).train()
    crops = batch_with(classes)
    crops = replace(crops, image_BCHW=crops.image_BCHW.repeat(2, 1, 1, 1))

    training_losses(fresh, crops, REJECT, WITHOUT_REJECTS).total.backward()

    assert [name for name, p in fresh.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize(
    "values",
    [
        {"heatmap_target": "dots"},
        {"heatmap_loss": "l1"},
        {"size_window": 2},
        {"size_weight": -1.0},
        {"label_smoothing": 1.0},
        {"colour": "red"},
    ],
)
def test_an_impossible_configuration_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        LossConfiguration.from_dict(values)


def test_boxes_are_jittered_as_predicted_ones_are_off() -> None:
    torch.manual_seed(0)
    true = torch.tensor([[100.0, 50.0, 20.0, 40.0]]).expand(20_000, 4)

    jittered = jitter_boxes(true)

    centers_off = (jittered[:, :2] + jittered[:, 2:] / 2 - torch.tensor([110.0, 70.0])) / true[
        :, 2:
    ]
    off = torch.cat([centers_off, (jittered[:, 2:] / true[:, 2:]).log()], 1)
    assert torch.allclose(off.mean(0), torch.zeros(4), atol=0.01)
    assert torch.allclose(off.std(0), torch.tensor(BOX_ERRORS), rtol=0.05)
