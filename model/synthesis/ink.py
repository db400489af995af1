"""Draws writing into an ink canvas and finds the box of every character in it."""

import math

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.fonts import INK
from model.synthesis.layout import Writing
from model.synthesis.noise import smooth_noise

Box = tuple[int, int, int, int]
FAR = 90  # pixels: a glyph whose middle is farther outside cannot reach the canvas
HALVING = 0.55  # below this scale bilinear sampling would skip thin strokes
ELASTIC_CELL = 14.0  # pixels over which a glyph's bend varies: half a character
ELASTIC_SIZE = 512  # a glyph's bend is a window of a field of this side
STEPS = np.linspace(0, 1, 7)
BEZIER = np.stack([(1 - STEPS) ** 2, 2 * STEPS * (1 - STEPS), STEPS**2], 1)


def turned(points_N2: FloatArray, angle: float, center: tuple[float, float]) -> FloatArray:
    """Rotate points about a centre by an angle in radians, clockwise on the page."""
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos, sin], [-sin, cos]], np.float32)
    offset = np.array(center, np.float32)
    return ((points_N2 - offset) @ matrix + offset).astype(np.float32)


def paste_writing(
    canvas_HW: ImageArray,
    atlas: GlyphAtlas,
    writing: Writing,
    rng: np.random.Generator,
    *,
    tilt: float,
    slant: float,
) -> tuple[FloatArray, FloatArray]:
    """Draw all glyphs, with a hand's irregularity, and the strokes that join them.

    Args:
        canvas_HW: uint8 ink density, drawn into.
        atlas: the glyphs.
        writing: what stands where.
        rng: source of chance.
        tilt: rotation of the page in radians.
        slant: shear of every glyph.

    Returns:
        Boxes (N, 4) of the visible ink, with zero width where none is visible, and the share (N,)
        of each glyph's height and width that is visible.
    """
    count = len(writing)
    height, width = canvas_HW.shape
    centers_N2 = turned(writing.centers_N2, tilt, (width / 2, height / 2))
    angles_N = (tilt + rng.normal(0, 0.05, count)).tolist()
    shears_N = (slant + rng.normal(0, 0.06, count)).tolist()
    boxes_N4 = np.zeros((count, 4), np.float32)
    visible_N = np.zeros(count, np.float32)
    field_2HW = rng.uniform(0.3, 1.6) * np.stack(
        [smooth_noise(rng, ELASTIC_SIZE, ELASTIC_SIZE, ELASTIC_CELL) for _ in range(2)]
    )
    windows_N2 = rng.integers(0, ELASTIC_SIZE // 2, (count, 2)).tolist()
    previous: Box | None = None
    for n in range(count):
        x, y = centers_N2[n]
        if not (-FAR < x < width + FAR and -FAR < y < height + FAR):
            previous = None
            continue
        alpha_HW = atlas.alpha(int(writing.glyphs_N[n]))
        row, column = windows_N2[n]
        bend_2HW = field_2HW[:, row:, column:]
        glyph_HW = _transform(alpha_HW, writing.scales_N2[n], angles_N[n], shears_N[n], bend_2HW)
        box, share = _paste(canvas_HW, glyph_HW, x, y)
        if writing.follows_N[n] and previous is not None and box is not None:
            _connect(canvas_HW, previous, box, rng)
        previous = box
        if box is not None:
            boxes_N4[n], visible_N[n] = box, share
    return boxes_N4, visible_N


def _transform(
    alpha_HW: ImageArray, scale_2: FloatArray, angle: float, shear: float, elastic_2HW: FloatArray
) -> ImageArray:
    """Scale, shear, bend and rotate a glyph about its centre into a canvas that holds it."""
    height, width = alpha_HW.shape
    sx, sy = float(scale_2[0]), float(scale_2[1])
    if max(sx, sy) < HALVING:
        half = (max(1, width // 2), max(1, height // 2))
        alpha_HW = np.asarray(cv2.resize(alpha_HW, half, interpolation=cv2.INTER_AREA), np.uint8)
        sx, sy = sx * width / half[0], sy * height / half[1]
        width, height = half
    cos, sin = math.cos(angle), math.sin(angle)
    a, b = cos * sx, (cos * shear - sin) * sy
    c, d = sin * sx, (sin * shear + cos) * sy
    out_w = min(int(abs(a) * width + abs(b) * height) + 5, elastic_2HW.shape[2])
    out_h = min(int(abs(c) * width + abs(d) * height) + 5, elastic_2HW.shape[1])
    determinant = a * d - b * c
    xs_W = np.arange(out_w, dtype=np.float32) - (out_w - 1) / 2
    ys_H1 = np.arange(out_h, dtype=np.float32)[:, None] - (out_h - 1) / 2
    bend_2HW = elastic_2HW[:, :out_h, :out_w]
    map_x_HW = xs_W * (d / determinant) + (ys_H1 * (-b / determinant) + (width - 1) / 2)
    map_y_HW = xs_W * (-c / determinant) + (ys_H1 * (a / determinant) + (height - 1) / 2)
    map_x_HW += bend_2HW[0]
    map_y_HW += bend_2HW[1]
    return np.asarray(cv2.remap(alpha_HW, map_x_HW, map_y_HW, cv2.INTER_LINEAR), np.uint8)


def _paste(
    canvas_HW: ImageArray, glyph_HW: ImageArray, x: float, y: float
) -> tuple[Box | None, float]:
    """Lay a glyph's ink over the canvas; give the visible ink's box and visible share."""
    height, width = glyph_HW.shape
    left, top = round(x - width / 2), round(y - height / 2)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, canvas_HW.shape[1]), min(top + height, canvas_HW.shape[0])
    if x1 <= x0 or y1 <= y0:
        return None, 0.0
    part_HW = glyph_HW[y0 - top : y1 - top, x0 - left : x1 - left]
    target_HW = canvas_HW[y0:y1, x0:x1]
    np.maximum(target_HW, part_HW, out=target_HW)
    _, mask_HW = cv2.threshold(part_HW, INK, 1, cv2.THRESH_BINARY)
    bx, by, bw, bh = cv2.boundingRect(mask_HW)
    if not bw:
        return None, 0.0
    share = part_HW.size / glyph_HW.size
    return (x0 + bx, y0 + by, bw, bh), share


def _connect(canvas_HW: ImageArray, above: Box, below: Box, rng: np.random.Generator) -> None:
    """Draw a thin tapering stroke from the foot of one character to the head of the next."""
    start, end = _foot(canvas_HW, above), _head(canvas_HW, below)
    gap = end[1] - start[1]
    size = max(above[2], below[2])
    if not -0.2 * size < gap < 0.8 * size:
        return
    bend = rng.normal(0, 0.25) * size
    middle = ((start[0] + end[0]) / 2 + bend, (start[1] + end[1]) / 2)
    points = np.rint(BEZIER @ np.array([start, middle, end]) * 8).astype(np.int32)
    cv2.polylines(canvas_HW, [points], False, 225, max(1, round(size / 25)), cv2.LINE_AA, 3)


def _foot(canvas_HW: ImageArray, box: Box) -> tuple[float, float]:
    x, y, width, height = box
    row = canvas_HW[y + height - 1, x : x + width]
    return x + float(row.argmax()), y + height - 1.0


def _head(canvas_HW: ImageArray, box: Box) -> tuple[float, float]:
    x, y, width, _ = box
    row = canvas_HW[y, x : x + width]
    return x + float(row.argmax()), float(y)
