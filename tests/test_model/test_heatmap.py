"""Targets: a Gaussian for every box."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.heatmap import boxes_to_heatmap, boxes_to_mask, gaussian_radius
from model.loss_configuration import HeatmapTarget


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


@pytest.mark.parametrize("target", ["box", "radius", "cells"])
def test_every_target_peaks_at_one_in_the_centre_alone(target: HeatmapTarget) -> None:
    drawn = boxes_to_heatmap(
        boxes((10, 10, 60, 40)), torch.zeros(1, dtype=torch.long), (1, 24, 24), target
    )[0]

    assert drawn[7, 10] == 1
    assert int((drawn == 1).sum()) == 1
    assert 0 < drawn[7, 11] < 1


def test_soft_cells_fill_three_by_three() -> None:
    drawn = boxes_to_heatmap(
        boxes((10, 10, 60, 40)), torch.zeros(1, dtype=torch.long), (1, 24, 24), "cells"
    )[0]

    assert int((drawn > 0).sum()) == 9


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    shared = np.maximum(high - low, 0).prod()
    return float(shared / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared))


@given(st.floats(4, 200), st.floats(4, 200), st.floats(0.3, 0.9))
def test_corners_off_by_the_radius_keep_the_overlap(
    width: float, height: float, share: float
) -> None:
    radius = float(gaussian_radius(torch.tensor([[width, height]], dtype=torch.float64), share))

    box = np.array([0, 0, width, height])
    signs = [(1, 1, 1, 1), (1, 1, -1, -1), (-1, -1, 1, 1)]
    kept = [overlap(box, box + radius * np.array(sign)) for sign in signs]
    assert min(kept) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(
    ("masked", "cells"),
    [
        pytest.param(boxes(), 0, id="no box"),
        pytest.param(boxes((8, 8, 8, 8)), 4, id="one box"),
        pytest.param(boxes((8, 8, 8, 8), (12, 8, 8, 8)), 6, id="overlapping boxes"),
        pytest.param(boxes((-8, -8, 16, 16)), 4, id="cut by the edge"),
        pytest.param(boxes((100, 8, 8, 8)), 0, id="outside"),
        pytest.param(boxes((9, 9, 0, 0)), 0, id="no area"),
    ],
)
def test_a_mask_covers_the_cells_whose_middle_a_box_holds(masked: torch.Tensor, cells: int) -> None:
    mask = boxes_to_mask(masked, torch.zeros(len(masked), dtype=torch.long), (1, 16, 16))

    assert int(mask.sum()) == cells
