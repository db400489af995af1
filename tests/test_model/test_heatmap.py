"""Targets: a Gaussian for every box."""

import pytest
import torch

from model.heatmap import boxes_to_heatmap


def boxes(*rows: tuple[float, float, float, float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 4)


def draw(boxes_N4: torch.Tensor) -> torch.Tensor:
    return boxes_to_heatmap(boxes_N4, torch.zeros(len(boxes_N4), dtype=torch.long), (1, 16, 16))[0]


@pytest.mark.parametrize(
    ("drawn", "ones"),
    [
        pytest.param(boxes(), 0, id="no box"),
        pytest.param(boxes((10, 10, 20, 20)), 1, id="one box"),
        pytest.param(boxes((10, 10, 0, 0)), 1, id="no area"),
        pytest.param(boxes((100, 100, 20, 20)), 0, id="outside"),
        pytest.param(boxes((-200, 10, 20, 20)), 0, id="far left"),
        pytest.param(boxes((10, 10, 20, 20), (10, 10, 20, 20)), 1, id="same box twice"),
        pytest.param(boxes((4, 10, 20, 20), (24, 10, 20, 20)), 2, id="neighbours"),
    ],
)
def test_every_centre_inside_is_one(drawn: torch.Tensor, ones: int) -> None:
    values = draw(drawn)

    assert int((values == 1).sum()) == ones
    assert float(values.max()) <= 1


def test_where_neighbours_meet_the_larger_value_stays() -> None:
    near, far = boxes((4, 10, 20, 20)), boxes((24, 10, 20, 20))

    together = draw(torch.cat([near, far]))

    assert torch.equal(together, torch.maximum(draw(near), draw(far)))


def test_each_page_of_a_batch_gets_its_own_boxes() -> None:
    drawn = boxes_to_heatmap(
        boxes((10, 10, 20, 20), (30, 30, 20, 20)), torch.tensor([1, 0]), (2, 16, 16)
    )

    assert drawn[1, 5, 5] == 1
    assert drawn[0, 10, 10] == 1
    assert drawn[0, 5, 5] < 1
