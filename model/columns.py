"""Runs of characters that stand below each other: the pieces that columns are made of.

Shapes: N characters, K characters of one run, R runs, P possible joints.
"""

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray
from model.column_links import WIDE_SPACE, find_links, mutual_nearest
from model.layout import IndexArray

LEAST_TURN, STEEPEST_TURN = 0.002, 0.15  # radians; less is noise, more is no scan's tilt
TAIL, HEAD = slice(-3, None), slice(3)  # so many characters show where a run begins or ends
NEAR_AXIS = 0.6  # text sizes from a column's axis; narrow columns are 1.2 apart
ONE_SCRIPT = 1.4  # times as large at most: else one run is text, the other a note

Run = IndexArray  # indices of boxes, downwards


def typical_size(boxes_N4: FloatArray) -> float:
    """The size of the page's text: median root of a box' area, weighted by itself.

    The weight keeps many furigana from passing for the text.
    """
    sizes_N = np.sort(np.sqrt(np.maximum(boxes_N4[:, 2] * boxes_N4[:, 3], 1e-6)))
    weight_N = np.cumsum(sizes_N)
    return float(sizes_N[np.searchsorted(weight_N, weight_N[-1] / 2)])


def middle(values_K: npt.NDArray[np.floating]) -> float:
    """The median, of an even number the upper one: ten times as fast as NumPy's on short runs."""
    return float(np.sort(values_K)[len(values_K) // 2])


def columns_tilt(boxes_N4: FloatArray, runs: list[Run]) -> float:
    """The angle in radians by which a page's columns lean; 0 if it is noise or no scan's tilt."""
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    sideways, downwards = np.sum([_slope_sums(centers_N2[run]) for run in runs], axis=0)
    angle = float(np.arctan2(sideways, max(downwards, 1e-6)))
    return angle if LEAST_TURN < abs(angle) < STEEPEST_TURN else 0.0


def turned(boxes_N4: FloatArray, angle: float) -> FloatArray:
    """Turn a page so that columns that lean by ``angle`` stand upright; boxes keep their sizes."""
    cos, sin = np.cos(angle), np.sin(angle)
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    centers_N2 = centers_N2 @ np.array([[cos, sin], [-sin, cos]], np.float32)
    return np.hstack([centers_N2 - boxes_N4[:, 2:] / 2, boxes_N4[:, 2:]])


def _slope_sums(points_K2: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Numerator and denominator of a run's least-squares slope dx/dy."""
    x_K, y_K = (points_K2 - points_K2.mean(0)).T
    return np.array([x_K @ y_K, y_K @ y_K])


def find_runs(boxes_N4: FloatArray, size: float) -> list[Run]:
    """Link each box to the box below it in its column; chains of links are runs.

    Args:
        boxes_N4: boxes of one upright page.
        size: of the page's text, see `typical_size`.
    """
    return _chains(find_links(boxes_N4, size))


def _chains(below_N: IndexArray) -> list[Run]:
    """Follow links from everything that nothing leads to."""
    runs = []
    for head in np.setdiff1d(np.arange(len(below_N)), below_N).tolist():
        run = [head]
        while (following := int(below_N[run[-1]])) >= 0:
            run.append(following)
        runs.append(np.array(run))
    return runs


def continued(boxes_N4: FloatArray, runs: list[Run], size: float) -> list[Run]:
    """Join runs of one script where one goes on right below the other's end.

    Single links fail where a narrow character stands beside the axis; the ends of runs show it.
    """
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    sizes_N = np.sqrt(boxes_N4[:, 2] * boxes_N4[:, 3])
    x_2R, size_2R = (
        np.array([[middle(values_N[run[ends]]) for run in runs] for ends in (TAIL, HEAD)])
        for values_N in (centers_N2[:, 0], sizes_N)
    )
    last_R, first_R = (np.array([run[end] for run in runs]) for end in (-1, 0))
    space_RR = boxes_N4[first_R, 1] - (boxes_N4[last_R, 1] + boxes_N4[last_R, 3])[:, None]
    aside_RR = np.abs(x_2R[0, :, None] - x_2R[1])
    ratio_RR = np.abs(np.log(size_2R[0, :, None] / size_2R[1]))
    joins_RR = (aside_RR < 0.5 * size) & (np.abs(space_RR) < WIDE_SPACE * size)
    joins_RR &= ratio_RR < np.log(ONE_SCRIPT)
    joins_RR &= centers_N2[first_R, 1] > centers_N2[last_R, None, 1]
    upper_P, lower_P = np.nonzero(joins_RR)
    cost_P = (np.abs(space_RR) + 2 * aside_RR)[joins_RR]
    chains = _chains(mutual_nearest(upper_P, lower_P, cost_P, len(runs)))
    return [np.concatenate([runs[r] for r in chain]) for chain in chains]


def rejoined(boxes_N4: FloatArray, runs: list[Run], size: float) -> list[Run]:
    """Put runs that stand inside a longer one into it: strays beside their column's axis."""
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    kept = sorted(runs, key=len, reverse=True)
    slack_2 = np.array([size, 0])
    low_R2 = np.array([centers_N2[run].min(0) for run in kept]) - slack_2
    high_R2 = np.array([centers_N2[run].max(0) for run in kept]) + slack_2
    owner_R = np.arange(len(kept))
    for r, run in enumerate(kept):
        point_2 = np.array([middle(values_K) for values_K in centers_N2[run].T])
        around_R = ((low_R2 < point_2) & (point_2 < high_R2)).all(1)
        homes = [k for k in np.flatnonzero(around_R).tolist() if len(kept[k]) >= 2 * len(run)]
        aside = [_distance(centers_N2[kept[k]], point_2) for k in homes]
        near = bool(aside) and min(aside) < NEAR_AXIS * size
        owner_R[r] = owner_R[homes[int(np.argmin(aside))] if near else r]
    whole = [np.concatenate([kept[r] for r in np.flatnonzero(owner_R == k)]) for k in set(owner_R)]
    return [run[np.argsort(centers_N2[run, 1], kind="stable")] for run in whole]


def _distance(points_K2: npt.NDArray[np.floating], point_2: npt.NDArray[np.floating]) -> float:
    """How far aside of a run's axis a point lies."""
    axis = np.interp(point_2[1], points_K2[:, 1], points_K2[:, 0])
    return float(abs(axis - point_2[0]))
