"""Fills an area with what illustrations are made of: contours, hatching, dark fields."""

import cv2
import numpy as np
import numpy.typing as npt

from model.characters import ImageArray
from model.synthesis.furniture import SUBPIXELS, draw_frame
from model.synthesis.noise import chance
from model.synthesis.sheet import Rectangle, Turn

SMALLEST = 20.0  # pixels; nothing is drawn into less
FILLED = 0.06  # share of contours that are filled: hair, robes, roofs
MOTIF = 5  # corners of a figure that cloth repeats
Points = npt.NDArray[np.float64]


def draw_picture(
    canvas_HW: ImageArray, rng: np.random.Generator, turn: Turn, area: Rectangle
) -> None:
    """Draw an illustration into a rectangle of the sheet."""
    left, top, right, bottom = area
    if min(right - left, bottom - top) < SMALLEST:
        return
    corner_2, spread_2 = np.array([left, top]), np.array([right - left, bottom - top])

    def place(points_N2: Points) -> npt.NDArray[np.int32]:
        sheet_N2 = corner_2 + np.clip(points_N2, 0, 1) * spread_2
        return np.asarray(np.rint(turn(sheet_N2.astype(np.float32)) * 2**SUBPIXELS), np.int32)

    for _ in range(int(rng.integers(4, 22))):
        points_N2, ink = place(_contour(rng)), int(rng.integers(120, 256))
        if chance(rng, FILLED):
            cv2.fillPoly(canvas_HW, [points_N2], ink, cv2.LINE_AA, SUBPIXELS)
        else:
            thickness, closed = int(rng.integers(1, 4)), chance(rng, 0.3)
            cv2.polylines(canvas_HW, [points_N2], closed, ink, thickness, cv2.LINE_AA, SUBPIXELS)
    for _ in range(int(rng.integers(0, 4))):
        lines_N22 = _hatching(rng, spread_2)
        lines = list(place(lines_N22.reshape(-1, 2)).reshape(-1, 2, 2))
        ink, thickness = int(rng.integers(120, 256)), int(rng.integers(1, 3))
        cv2.polylines(canvas_HW, lines, False, ink, thickness, cv2.LINE_AA, SUBPIXELS)
    if chance(rng, 0.4):
        motifs_N2 = list(place(_pattern(rng, spread_2)).reshape(-1, MOTIF, 2))
        cv2.polylines(canvas_HW, motifs_N2, True, 200, 1, cv2.LINE_AA, SUBPIXELS)
    if chance(rng, 0.5):
        draw_frame(canvas_HW, rng, turn, area, SMALLEST)


def _contour(rng: np.random.Generator) -> Points:
    """Draw a smooth curve in the unit square: three waves around a drifting line."""
    t_N1 = np.linspace(0, 1, 40)[:, None]
    points_N2 = rng.random(2) + t_N1 * rng.normal(0, 0.5, 2)
    for wave in (1, 2, 4):
        swing_N2 = np.sin(2 * np.pi * wave * t_N1 + rng.uniform(0, 2 * np.pi, 2))
        points_N2 = points_N2 + rng.normal(0, 0.15 / wave, 2) * swing_N2
    return points_N2


def _pattern(rng: np.random.Generator, spread_2: Points) -> Points:
    """Draw a small figure over and over, points in the unit square: cloth, tiles, leaves, waves."""
    figure_M2 = rng.normal(0, 4, (MOTIF, 2))
    rows, columns = rng.integers(2, 9, 2)
    pitch_2 = rng.uniform(9, 24, 2)
    grid_N2 = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    places_N2 = rng.random(2) * spread_2 + grid_N2 * pitch_2 + rng.normal(0, 1, (len(grid_N2), 2))
    return ((places_N2[:, None] + figure_M2) / spread_2).reshape(-1, 2)


def _hatching(rng: np.random.Generator, spread_2: Points) -> Points:
    """Draw parallel strokes (N, ends, 2) in the unit square: grass, rain, hair, cloth."""
    count = int(rng.integers(6, 40))
    steps_N2 = np.arange(count)[:, None] * rng.normal(0, 6, 2) + rng.normal(0, 1.5, (count, 2))
    starts_N2 = rng.random(2) + steps_N2 / spread_2
    strokes_N2 = rng.normal(0, 22, 2) * rng.uniform(0.7, 1.3, (count, 1)) / spread_2
    return np.stack([starts_N2, starts_N2 + strokes_N2], 1)
