"""What is printed beside text and must not be read: frames, rules, pictures, marks."""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.sheet import Rectangle

Turn = Callable[[FloatArray], FloatArray]  # page points to image points


def draw_line(
    canvas_HW: ImageArray,
    rng: np.random.Generator,
    turn: Turn,
    start: tuple[float, float],
    end: tuple[float, float],
    thickness: int,
) -> None:
    """Draw a straight line as a carver cuts it: slightly bent, with a break now and then."""
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    count = max(3, int(length / 60))
    steps = np.linspace(0, 1, count)[:, None]
    points_N2 = np.array(start) * (1 - steps) + np.array(end) * steps
    points_N2 += rng.normal(0, 0.7, points_N2.shape)
    image_N2 = np.rint(turn(points_N2.astype(np.float32)) * 8).astype(np.int32)
    parts = [image_N2]
    if rng.random() < 0.3:  # noqa: PLR2004
        cut = int(rng.integers(1, count))
        parts = [image_N2[:cut], image_N2[cut:]]
    ink = int(rng.integers(170, 256))
    cv2.polylines(canvas_HW, parts, False, ink, thickness, cv2.LINE_AA, 3)


def draw_frame(
    canvas_HW: ImageArray, rng: np.random.Generator, turn: Turn, area: Rectangle, size: float
) -> None:
    """Draw a single or double frame around a text area, all sides or some."""
    slack = size * rng.uniform(0.15, 0.6)
    thick = max(1, round(size * rng.uniform(0.03, 0.13)))
    double = rng.random() < 0.4  # noqa: PLR2004
    for inset, thickness in ((0.0, thick), (thick + size * 0.15, max(1, thick // 2)))[: 1 + double]:
        left, top = area[0] - slack + inset, area[1] - slack + inset
        right, bottom = area[2] + slack - inset, area[3] + slack - inset
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        for start, end in pairwise(corners):
            if rng.random() < 0.93:  # noqa: PLR2004
                draw_line(canvas_HW, rng, turn, start, end, thickness)


def draw_rules(
    canvas_HW: ImageArray,
    rng: np.random.Generator,
    turn: Turn,
    xs: list[float],
    rows: tuple[float, float],
) -> None:
    """Draw the lines between ruled columns."""
    thickness = int(rng.integers(1, 3))
    for x in xs:
        draw_line(canvas_HW, rng, turn, (x, rows[0]), (x, rows[1]), thickness)


def draw_picture(
    canvas_HW: ImageArray, rng: np.random.Generator, turn: Turn, area: Rectangle
) -> None:
    """Fill an area with what illustrations are made of: contours, hatching, dark fields."""
    left, top, right, bottom = area
    if right - left < 20 or bottom - top < 20:  # noqa: PLR2004
        return
    spread = np.array([right - left, bottom - top])
    for _ in range(int(rng.integers(4, 22))):
        _draw_contour(canvas_HW, rng, turn, np.array([left, top]), spread)
    for _ in range(int(rng.integers(0, 4))):
        _draw_hatching(canvas_HW, rng, turn, np.array([left, top]), spread)
    if rng.random() < 0.5:  # noqa: PLR2004
        draw_frame(canvas_HW, rng, turn, area, 20.0)


def _draw_contour(
    canvas_HW: ImageArray,
    rng: np.random.Generator,
    turn: Turn,
    corner_2: FloatArray,
    spread_2: FloatArray,
) -> None:
    """Draw a smooth curve: the sum of three waves around a drifting line."""
    t_N1 = np.linspace(0, 1, 24)[:, None]
    points_N2 = rng.random(2) + t_N1 * rng.normal(0, 0.5, 2)
    for wave in (1, 2, 4):
        points_N2 = points_N2 + rng.normal(0, 0.15 / wave, 2) * np.sin(
            2 * np.pi * wave * t_N1 + rng.uniform(0, 6.3, 2)
        )
    points_N2 = corner_2 + np.clip(points_N2, 0, 1) * spread_2
    image_N2 = np.rint(turn(points_N2.astype(np.float32)) * 8).astype(np.int32)
    ink = int(rng.integers(120, 256))
    if rng.random() < 0.06:  # noqa: PLR2004
        cv2.fillPoly(canvas_HW, [image_N2], ink, cv2.LINE_AA, 3)
    else:
        thickness = int(rng.integers(1, 4))
        closed = bool(rng.random() < 0.3)  # noqa: PLR2004
        cv2.polylines(canvas_HW, [image_N2], closed, ink, thickness, cv2.LINE_AA, 3)


def _draw_hatching(
    canvas_HW: ImageArray,
    rng: np.random.Generator,
    turn: Turn,
    corner_2: FloatArray,
    spread_2: FloatArray,
) -> None:
    """Draw a patch of parallel strokes: grass, rain, hair, waves of cloth."""
    count = int(rng.integers(6, 40))
    step_2 = rng.normal(0, 6, 2)
    stroke_2 = rng.normal(0, 22, 2)
    starts_N2 = corner_2 + rng.random(2) * spread_2 + np.arange(count)[:, None] * step_2
    starts_N2 += rng.normal(0, 1.5, starts_N2.shape)
    lines_N22 = np.stack([starts_N2, starts_N2 + stroke_2 * rng.uniform(0.7, 1.3, (count, 1))], 1)
    low_2, high_2 = corner_2, corner_2 + spread_2
    lines_N22 = np.clip(lines_N22, low_2, high_2)
    image = np.rint(turn(lines_N22.reshape(-1, 2).astype(np.float32)) * 8).astype(np.int32)
    ink, thickness = int(rng.integers(120, 256)), int(rng.integers(1, 3))
    cv2.polylines(
        canvas_HW, list(image.reshape(count, 2, 2)), False, ink, thickness, cv2.LINE_AA, 3
    )
