"""The network: published figures, and the same numbers for fewer operations."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from model.class_head import CellClassHead, sample_points
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.presets import PRESETS, fifth_place


@pytest.fixture(scope="module")
def published_network() -> CharacterDetector:
    return CharacterDetector(fifth_place().detector, 4213).eval()


def test_the_fifth_place_network_has_its_published_size(
    published_network: CharacterDetector,
) -> None:
    parameters = sum(parameter.numel() for parameter in published_network.parameters())

    assert parameters == pytest.approx(52e6, rel=0.01)


def test_the_fifth_place_network_has_its_published_operations(
    published_network: CharacterDetector,
) -> None:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        published_network(torch.zeros((1, 3, 512, 512), dtype=torch.uint8))
    sparse = counter.get_total_flops() / 2
    dense_embedding = 128 * 128 * 9 * 512 * 512  # what the original computes in every cell

    assert sparse + dense_embedding == pytest.approx(105e9, rel=0.01)
    assert dense_embedding / (sparse + dense_embedding) == pytest.approx(0.37, abs=0.005)


def test_classes_at_centres_equal_the_dense_embedding_read_there() -> None:
    head = CellClassHead(16, 7, DetectorConfiguration(class_sampling="cells")).eval()
    fine = torch.randn((2, 16, 9, 11))
    boxes = torch.tensor([[0.0, 0, 3, 3], [41, 33, 2, 2], [20, 16, 4, 4], [0, 30, 1, 1]])
    pages = torch.tensor([0, 1, 1, 0])

    sparse = head(fine, boxes, pages)
    dense = head.classes(head.embedding(fine).relu().permute(0, 2, 3, 1))

    cells = ((boxes[:, :2] + boxes[:, 2:] / 2) / 4).long()
    torch.testing.assert_close(sparse, dense[pages, cells[:, 1], cells[:, 0]])


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16, torch.float16])
def test_features_are_read_where_the_points_are(precision: torch.dtype) -> None:
    rows, columns = torch.arange(172), torch.arange(120)
    row_and_column = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
    fine = row_and_column[None].to(precision)  # up to 256 integers are exact
    cells = torch.cartesian_prod(columns, rows)

    read = sample_points(fine, (cells[:, None] + 0.5) * 8, torch.zeros_like(cells[:, 0]), 8)

    assert read.dtype == precision
    torch.testing.assert_close(read[:, 0].flip(1).float(), cells.float(), atol=1e-3, rtol=0)


@pytest.mark.parametrize("shape", [(32, 32), (64, 96)])
def test_the_builtin_network_takes_any_multiple_of_32(shape: tuple[int, int]) -> None:
    detector = CharacterDetector(PRESETS["builtin"]().detector, 5).eval()

    maps = detector(torch.zeros((1, 1, *shape), dtype=torch.uint8))

    assert maps.heatmap_BHW.shape == (1, shape[0] // 4, shape[1] // 4)
    assert maps.log_size_B2HW.shape == (1, 2, shape[0] // 4, shape[1] // 4)


@pytest.mark.parametrize(("preset", "share"), [("builtin", 0.9), ("fifth-place", 1.0)])
def test_naming_needs_but_a_part_of_the_network(preset: str, share: float) -> None:
    detector = CharacterDetector(PRESETS[preset]().detector, 5).eval()
    channels = detector.configuration.input_channels
    image = torch.randint(0, 256, (1, channels, 64, 96), dtype=torch.uint8)

    with FlopCounterMode(display=False) as whole, torch.no_grad():
        expected = detector(image).features_BCHW
    with FlopCounterMode(display=False) as part, torch.no_grad():
        features = detector.features(image)

    assert torch.equal(features, expected)
    assert part.get_total_flops() < share * whole.get_total_flops()


def test_no_boxes_give_no_classes() -> None:
    detector = CharacterDetector(PRESETS["builtin"]().detector, 5).eval()
    maps = detector(torch.zeros((1, 1, 32, 32), dtype=torch.uint8))

    logits = detector.classify(
        maps.features_BCHW, torch.zeros((0, 4)), torch.zeros(0, dtype=torch.long)
    )

    assert logits.shape == (0, 5)


def test_an_unknown_backbone_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no-such-net"):
        CharacterDetector(DetectorConfiguration(backbone="no-such-net"), 5)


@pytest.mark.parametrize(
    "values",
    [
        {"input_channels": 2},
        {"class_sampling": "everywhere"},
        {"fpn_channels": 0},
        {"dropout": 1.0},
        {"character_size": 1.0},
        {"colour": "red"},
    ],
)
def test_an_impossible_configuration_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        DetectorConfiguration.from_dict(values)


def test_dropout_stands_only_where_it_is_configured(published_network: CharacterDetector) -> None:
    rates = [m.p for m in published_network.modules() if isinstance(m, nn.Dropout)]

    assert rates == [0.5]
