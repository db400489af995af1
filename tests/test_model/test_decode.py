"""Peaks of the heat map become boxes: gold cases and degenerate maps."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.decode import heatmap_to_peaks, peaks_to_boxes, without_duplicates


def heatmap(*cells: tuple[int, int, float], size: tuple[int, int] = (8, 8)) -> torch.Tensor:
    result = torch.zeros(size)
    for row, column, value in cells:
        result[row, column] = value
    return result


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(heatmap(), [], id="empty"),
        pytest.param(torch.full((1, 1), 0.9), [(0, 0)], id="one cell"),
        pytest.param(heatmap((0, 0, 0.9), (7, 7, 0.8)), [(0, 0), (7, 7)], id="corners"),
        pytest.param(heatmap((2, 2, 0.9), (2, 3, 0.5)), [(2, 2)], id="slope"),
        pytest.param(heatmap((2, 2, 0.9), (2, 3, 0.9)), [(2, 2)], id="plateau of two"),
        pytest.param(
            heatmap((2, 2, 0.9), (2, 3, 0.9), (2, 4, 0.9)), [(2, 2)], id="plateau of three"
        ),
        pytest.param(heatmap((2, 2, 0.2)), [], id="at the threshold"),
        pytest.param(heatmap((2, 2, 0.9), (2, 4, 0.9)), [(2, 2), (2, 4)], id="two apart"),
    ],
)
def test_each_maximum_is_one_peak(values: torch.Tensor, expected: list[tuple[int, int]]) -> None:
    peaks = heatmap_to_peaks(values, threshold=0.2)

    assert list(zip(peaks.rows_N.tolist(), peaks.columns_N.tolist(), strict=True)) == expected


@given(st.integers(0, 2**31), st.integers(1, 30))
def test_peaks_come_best_first_and_at_most_the_limit(seed: int, limit: int) -> None:
    values = torch.rand((12, 17), generator=torch.Generator().manual_seed(seed))

    scores = heatmap_to_peaks(values, 0.1, limit).scores_N

    assert len(scores) <= limit
    assert torch.equal(scores, scores.sort(descending=True).values)


def test_a_peak_becomes_a_box_around_the_middle_of_its_cell() -> None:
    peaks = heatmap_to_peaks(heatmap((3, 5, 0.9)), 0.1)
    log_size = torch.zeros((2, 8, 8))
    log_size[0, 3, 5] = torch.log(torch.tensor(0.5))

    boxes = peaks_to_boxes(peaks, log_size, character_size=28)

    # middle of column 5 and row 3 at stride 4: (22, 14); half of 28 wide, 28 tall
    assert torch.allclose(boxes, torch.tensor([[15.0, 0.0, 14.0, 28.0]]))


@pytest.mark.parametrize(
    ("cells", "center"),
    [
        pytest.param([(3, 5, 0.9)], (22.0, 14.0), id="middle of the cell"),
        pytest.param([(3, 5, 0.9), (3, 6, 0.9)], (24.0, 14.0), id="between two equal cells"),
        pytest.param([(3, 5, 0.8), (2, 5, 0.4)], (22.0, 13.2), id="a quarter as heavy: a fifth up"),
        pytest.param([(0, 0, 0.9), (0, 1, 0.9)], (4.0, 2.0), id="nothing beyond the edge"),
    ],
)
def test_a_center_lies_between_cells(
    cells: list[tuple[int, int, float]], center: tuple[float, float]
) -> None:
    peaks = heatmap_to_peaks(heatmap(*cells), 0.1)

    assert peaks.centers_N2[0].tolist() == pytest.approx(center)


def test_of_two_boxes_on_one_character_the_better_stays() -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [1.0, 1.0, 10.0, 10.0], [30.0, 0.0, 9.0, 9.0]])

    kept = without_duplicates(boxes, torch.tensor([0.5, 0.9, 0.4]))

    assert kept.tolist() == [1, 2]
