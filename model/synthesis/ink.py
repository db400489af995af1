"""Draws writing into an ink canvas and finds the box of every character in it."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, ImageArray
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.fonts import ink_box
from model.synthesis.noise import smooth_noise
from model.synthesis.writing import Writing

Box = tuple[int, int, int, int]  # x, y, width, height in pixels

HALVING = 0.55  # below this scale bilinear sampling would skip thin strokes
LARGEST = 256  # pixels; no glyph is drawn larger
SLACK = 128  # pixels by which the windows of two glyphs into the field of bends may differ
# Pixels of the atlas over which a glyph's bend varies, and how far it then reaches: strokes tremble
# over a quarter of a glyph, whole parts of it move over its width.
BENDS = ((14.0, 0.3, 1.7), (36.0, 0.0, 3.6))
GRID_HW2 = np.stack(np.meshgrid(np.arange(LARGEST), np.arange(LARGEST)), -1).astype(np.float32)
DIP = 13  # characters that a dipped brush writes
PEN = (1 / 26, 1 / 13)  # thickness of joining strokes, in character widths
STEPS = np.linspace(0, 1, 7)
BEZIER = np.stack([(1 - STEPS) ** 2, 2 * STEPS * (1 - STEPS), STEPS**2], 1)


def paste_writing(
    canvas_HW: ImageArray,
    atlas: GlyphAtlas,
    writing: Writing,
    rng: np.random.Generator,
    *,
    tilt: float,
    slant: float,
    fading: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Draw all glyphs, with a hand's irregularity, and the strokes that join them.

    Args:
        canvas_HW: uint8 ink density, drawn into.
        atlas: the glyphs.
        writing: what stands where.
        rng: source of chance.
        tilt: rotation of the glyphs in radians, that of their page.
        slant: shear of every glyph, as the tangent of its angle.
        fading: share of its ink that the brush has lost before it is dipped again.

    Returns:
        float32 boxes (N, 4) of the visible ink, of no width where none is visible, and the share
        (N,) of each glyph that lies inside the canvas.
    """
    count = len(writing)
    angles = rng.normal(tilt, 0.05, count).tolist()
    shears = rng.normal(slant, 0.08, count).tolist()
    field_HW2 = _draw_bends(rng)
    inks = _draw_inks(rng, count, fading).tolist()
    pen = rng.uniform(*PEN)
    corners = rng.integers(0, SLACK, (count, 2)).tolist()
    centers, scales = writing.centers_N2.tolist(), writing.scales_N2.tolist()
    follows, glyphs = writing.follows_N.tolist(), writing.glyphs_N.tolist()
    boxes_N4 = np.zeros((count, 4), np.float32)
    visible_N = np.zeros(count, np.float32)
    previous: Box | None = None
    for n in np.flatnonzero(_near(writing, atlas, canvas_HW)).tolist():
        row, column = corners[n]
        bend_HW2 = field_HW2[row : row + LARGEST, column : column + LARGEST]
        alpha_HW = atlas.alpha(glyphs[n])
        glyph_HW = _transform(alpha_HW, scales[n], angles[n], shears[n], bend_HW2)
        if inks[n] < 1:
            glyph_HW = np.asarray(cv2.convertScaleAbs(glyph_HW, alpha=inks[n]), np.uint8)
        box, share = _paste(canvas_HW, glyph_HW, centers[n])
        if box is not None:
            if follows[n] and previous is not None:
                _connect(canvas_HW, previous, box, rng, pen)
            boxes_N4[n], visible_N[n] = box, share
        previous = box
    return boxes_N4, visible_N


def _draw_bends(rng: np.random.Generator) -> FloatArray:
    """Draw the field of which every glyph takes a window as its elastic bend, in atlas pixels."""
    side = LARGEST + SLACK
    strokes_HW2, parts_HW2 = (smooth_noise(rng, side, side, cell, 2) for cell, _, _ in BENDS)
    reaches = [rng.uniform(least, most) for _, least, most in BENDS]
    return np.asarray(
        cv2.addWeighted(strokes_HW2, reaches[0], parts_HW2, reaches[1], 0), np.float32
    )


def _draw_inks(rng: np.random.Generator, count: int, fading: float) -> npt.NDArray[np.float64]:
    """Draw how much ink is on the brush at each character: it runs dry and is dipped anew."""
    runs_N = rng.integers(0, DIP) + np.arange(count)
    spent_N = runs_N % DIP / DIP
    return 1 - fading * spent_N * rng.uniform(0.6, 1.0, count)


def _near(writing: Writing, atlas: GlyphAtlas, canvas_HW: ImageArray) -> npt.NDArray[np.bool_]:
    """Find the glyphs that may touch the canvas."""
    height, width = canvas_HW.shape
    reach_N2 = atlas.shapes_G2[writing.glyphs_N][:, ::-1] * writing.scales_N2 + 4
    low_N2, high_N2 = writing.centers_N2 + reach_N2, writing.centers_N2 - reach_N2
    near_N2 = (low_N2 > 0) & (high_N2 < (width, height))
    return np.asarray(near_N2.all(axis=1), np.bool_)


def _transform(
    alpha_HW: ImageArray, scale: list[float], angle: float, shear: float, bend_HW2: FloatArray
) -> ImageArray:
    """Scale, shear, rotate and bend a glyph about its centre into an image that holds it."""
    height, width = alpha_HW.shape
    sx, sy = scale
    if max(sx, sy) < HALVING:
        half = (max(1, width // 2), max(1, height // 2))
        alpha_HW = np.asarray(cv2.resize(alpha_HW, half, interpolation=cv2.INTER_AREA), np.uint8)
        sx, sy = sx * width / half[0], sy * height / half[1]
        width, height = half
    cos, sin = math.cos(angle), math.sin(angle)
    a, b = cos * sx, (cos * shear - sin) * sy
    c, d = sin * sx, (sin * shear + cos) * sy
    out_w = min(int(abs(a) * width + abs(b) * height) + 5, LARGEST)
    out_h = min(int(abs(c) * width + abs(d) * height) + 5, LARGEST)
    # The inverse of [[a, b], [c, d]] about the two centres: output pixel -> glyph pixel.
    area = a * d - b * c
    a, b, c, d = d / area, -b / area, -c / area, a / area
    x, y = (out_w - 1) / 2, (out_h - 1) / 2
    inverse_23 = np.array(
        [
            [a, b, (width - 1) / 2 - a * x - b * y],
            [c, d, (height - 1) / 2 - c * x - d * y],
        ]
    )
    map_HW2 = cv2.transform(GRID_HW2[:out_h, :out_w], inverse_23)
    map_HW2 = cv2.add(map_HW2, bend_HW2[:out_h, :out_w], dst=map_HW2)
    # OpenCV documents an empty second map; its type stubs forgot it.
    glyph_HW = cv2.remap(alpha_HW, map_HW2, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
    return np.asarray(glyph_HW, np.uint8)


def _paste(
    canvas_HW: ImageArray, glyph_HW: ImageArray, center: list[float]
) -> tuple[Box | None, float]:
    """Lay a glyph's ink over the canvas; give the visible ink's box and the visible share."""
    height, width = glyph_HW.shape
    left, top = round(center[0] - width / 2), round(center[1] - height / 2)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, canvas_HW.shape[1]), min(top + height, canvas_HW.shape[0])
    if x1 <= x0 or y1 <= y0:
        return None, 0.0
    part_HW = glyph_HW[y0 - top : y1 - top, x0 - left : x1 - left]
    target_HW = canvas_HW[y0:y1, x0:x1]
    np.maximum(target_HW, part_HW, out=target_HW)
    x, y, ink_width, ink_height = ink_box(part_HW)
    if not ink_width:
        return None, 0.0
    return (x0 + x, y0 + y, ink_width, ink_height), part_HW.size / glyph_HW.size


def _connect(
    canvas_HW: ImageArray, above: Box, below: Box, rng: np.random.Generator, pen: float
) -> None:
    """Draw a thin bent stroke from the foot of one character to the head of the next."""
    x, y, width, height = above
    start = (x + float(canvas_HW[y + height - 1, x : x + width].argmax()), y + height - 1.0)
    x, y, width, _ = below
    end = (x + float(canvas_HW[y, x : x + width].argmax()), float(y))
    size = max(above[2], below[2])
    if not -0.2 * size < end[1] - start[1] < 0.8 * size:
        return
    bend = rng.normal(-0.05, 0.25) * size
    middle = ((start[0] + end[0]) / 2 + bend, (start[1] + end[1]) / 2)
    points = np.rint(BEZIER @ np.array([start, middle, end]) * 8).astype(np.int32)
    thickness = max(1, round(size * pen))
    cv2.polylines(canvas_HW, [points], False, 225, thickness, cv2.LINE_AA, 3)
    if thickness == 1:  # tapering: the ends are as thick as the strokes they leave
        cv2.polylines(canvas_HW, [points[:3]], False, 225, 2, cv2.LINE_AA, 3)
        cv2.polylines(canvas_HW, [points[-2:]], False, 225, 2, cv2.LINE_AA, 3)
