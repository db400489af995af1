"""What is printed beside text and must not be read: frames, rules, punctuation, specks."""

from itertools import pairwise

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.noise import chance
from model.synthesis.sheet import Rectangle, Turn
from model.synthesis.writing import Writing

REVERSED_ALREADY = 128  # mean density of ink from which a field counts as white on black
SUBPIXELS = 3  # fractional bits of OpenCV's point coordinates
Point = tuple[float, float]


def draw_line(
    canvas_HW: ImageArray,
    rng: np.random.Generator,
    turn: Turn,
    ends: tuple[Point, Point],
    thickness: int,
) -> None:
    """Draw a straight line as a carver cuts it: slightly bent, with a break now and then."""
    start, end = np.array(ends)
    count = max(3, int(np.abs(end - start).sum() / 60))
    steps_N1 = np.linspace(0, 1, count)[:, None]
    points_N2 = start * (1 - steps_N1) + end * steps_N1 + rng.normal(0, 0.7, (count, 2))
    image_N2 = np.rint(turn(points_N2.astype(np.float32)) * 2**SUBPIXELS).astype(np.int32)
    cut = int(rng.integers(1, count)) if chance(rng, 0.3) else count
    ink = int(rng.integers(170, 256))
    for part_N2 in (image_N2[:cut], image_N2[cut:]):
        if len(part_N2):
            cv2.polylines(canvas_HW, [part_N2], False, ink, thickness, cv2.LINE_AA, SUBPIXELS)


def draw_frame(
    canvas_HW: ImageArray, rng: np.random.Generator, turn: Turn, area: Rectangle, size: float
) -> None:
    """Draw a single or double frame around an area, all sides or some.

    Args:
        canvas_HW: uint8 ink density, drawn into.
        rng: source of chance.
        turn: from sheet to image.
        area: what the frame surrounds.
        size: character size in pixels, to which width and distance are proportional.
    """
    slack = size * rng.uniform(0.15, 0.6)
    thick = max(1, round(size * rng.uniform(0.03, 0.13)))
    lines = [(slack, thick)]
    if chance(rng, 0.4):
        lines.append((slack - thick - size * 0.15, max(1, thick // 2)))
    for outset, thickness in lines:
        left, top = area[0] - outset, area[1] - outset
        right, bottom = area[2] + outset, area[3] + outset
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        for ends in pairwise(corners):
            if chance(rng, 0.93):
                draw_line(canvas_HW, rng, turn, ends, thickness)


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
        draw_line(canvas_HW, rng, turn, ((x, rows[0]), (x, rows[1])), thickness)


def draw_punctuation(
    canvas_HW: ImageArray,
    rng: np.random.Generator,
    writing: Writing,
    size: float,
    share: float,
) -> None:
    """Put a ring, dot or stroke at the lower right of some characters, as readers later did."""
    marked_N = writing.labelled_N & (rng.random(len(writing)) < share)
    places_N2 = (
        writing.centers_N2[marked_N] + rng.normal((0.5, 0.6), 0.06, (marked_N.sum(), 2)) * size
    )
    kind, radius = int(rng.integers(3)), max(1, round(size * rng.uniform(0.08, 0.14)))
    for x, y in np.rint(places_N2).astype(int).tolist():
        if kind == 0:
            cv2.circle(canvas_HW, (x, y), radius, 230, max(1, radius // 3), cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(canvas_HW, (x, y), max(1, radius // 2), 230, -1, cv2.LINE_AA)
        else:
            cv2.line(canvas_HW, (x - radius, y - radius), (x, y), 230, max(1, radius // 2), 16)


def draw_boxes(
    canvas_HW: ImageArray, rng: np.random.Generator, turn: Turn, writing: Writing, size: float
) -> None:
    """Draw a thin frame around a few runs of characters: names, titles, speech."""
    for _ in range(int(rng.integers(1, 5))):
        if not len(writing):
            return
        x, y = writing.centers_N2[int(rng.integers(len(writing)))].tolist()
        half, length = 0.6 * size, size * rng.uniform(2, 6)
        draw_frame(canvas_HW, rng, turn, (x - half, y - half, x + half, y + length), size * 0.4)


def reverse_runs(canvas_HW: ImageArray, rng: np.random.Generator, boxes_N4: FloatArray) -> None:
    """Turn a few runs of characters white on black, as headings are cut, in place."""
    for _ in range(int(rng.integers(1, 4))):
        if not len(boxes_N4):
            return
        first = int(rng.integers(len(boxes_N4)))
        run_R4 = boxes_N4[first : first + int(rng.integers(1, 4))]
        run_R4 = run_R4[(run_R4[:, 2] > 0) & (np.abs(run_R4[:, 0] - run_R4[0, 0]) < run_R4[0, 2])]
        if not len(run_R4):
            continue
        margin = 3 + 0.1 * run_R4[:, 2].max()
        low_2 = np.maximum(run_R4[:, :2].min(0) - margin, 0).astype(int)
        high_2 = ((run_R4[:, :2] + run_R4[:, 2:]).max(0) + margin).astype(int)
        area_HW = canvas_HW[low_2[1] : high_2[1], low_2[0] : high_2[0]]
        if area_HW.size and area_HW.mean() < REVERSED_ALREADY:
            np.subtract(255, area_HW, out=area_HW)


def sprinkle_specks(canvas_HW: ImageArray, rng: np.random.Generator) -> None:
    """Leave specks of ink where the block was not cut clean."""
    count = int(rng.integers(5, 120) * canvas_HW.size / 512**2)
    rows, columns = (rng.integers(0, side - 1, count) for side in canvas_HW.shape)
    for row_shift, column_shift in ((0, 0), (0, 1), (1, 0)):
        canvas_HW[rows + row_shift, columns + column_shift] = rng.integers(60, 256, count)
