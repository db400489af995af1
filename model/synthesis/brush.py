"""Writes kanji from their stroke order, as a brush does that is in a hurry.

Fonts give each kanji a handful of cursive shapes; real hands lie anywhere between those and
block script. Cursive is what haste makes of stroke order: strokes run into each other, corners
become curves, short strokes shrink. So the centre lines of a kanji, one after the other, are
joined by light strokes and smoothed along time, by some hands more than by others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.fonts import crop_ink

Strokes = Sequence[FloatArray]  # centre lines in the order of writing, each (points, 2)

SPEED, JOINING_SPEED, LIFTED_SPEED = 0.03, 0.075, 0.03  # of the brush, in ems a unit of time
THINNEST = 0.012  # ems; where the brush touches less there is no ink
FEW_STROKES = 8
SUBPIXELS = 3  # each pixel is drawn as 3 x 3


@dataclass(frozen=True, slots=True)
class BrushHand:
    """How one hand writes.

    Attributes:
        haste: standard deviation of the smoothing, in units of time; 0 writes block script.
        joined: share of strokes that are joined with the next.
        pressure: width of a joining stroke as a share of a stroke's.
        width: width of a stroke in ems.
        wobble: standard deviation, in ems, by which whole strokes lie elsewhere.
        rise: by how much horizontal strokes climb, in ems per em.
        contrast: by how much upright strokes are wider than level ones, 0 to 1.
    """

    haste: float
    joined: float
    pressure: float
    width: float
    wobble: float
    rise: float
    contrast: float


# From a careful clerk to a letter in a hurry; values in the order of the attributes.
HANDS = {
    "clerk": BrushHand(0.5, 0.25, 0.35, 0.075, 0.018, 0.10, 0.5),
    "schoolmaster": BrushHand(1.1, 0.50, 0.45, 0.065, 0.024, 0.06, 0.3),
    "copyist": BrushHand(1.6, 0.75, 0.55, 0.075, 0.028, 0.12, 0.4),
    "diarist": BrushHand(2.2, 0.90, 0.65, 0.060, 0.028, 0.04, 0.2),
    "merchant": BrushHand(2.8, 0.95, 0.70, 0.070, 0.032, 0.10, 0.3),
    "poet": BrushHand(3.5, 1.00, 0.80, 0.060, 0.032, 0.06, 0.2),
}


@dataclass(frozen=True, slots=True, eq=False)
class BrushSource:
    """A hand that writes kanji from their stroke order, where a `FontSource` has a font.

    Attributes:
        name: how the hand is called in model cards.
        kanji: code point -> its strokes, x and y in ems, y downwards.
        hand: how it writes.
        licence: the stroke order's licence.
    """

    name: str
    kanji: Mapping[int, Strokes]
    hand: BrushHand
    licence: str

    @property
    def style(self) -> Literal["written"]:
        """What distinguishes it from the styles of fonts."""
        return "written"

    def rasterizer(self, size: int) -> Callable[[int], ImageArray | None]:
        """Prepare drawing single kanji at some pixels per em; of unknown ones None is drawn."""

        def draw(codepoint: int) -> ImageArray | None:
            if codepoint not in self.kanji:
                return None
            random = np.random.default_rng([codepoint, *self.name.encode()])
            return write_kanji(self.kanji[codepoint], self.hand, size, random)

        return draw


def write_kanji(
    strokes: Strokes, hand: BrushHand, size: int, random: np.random.Generator
) -> ImageArray:
    """Draw a kanji once; each time it comes out a little otherwise.

    Args:
        strokes: x and y in ems, y downwards.
        hand: how it is written.
        size: pixels per em.
        random: what differs from one time to the next.

    Returns:
        Tight uint8 alpha image (height, width).
    """
    points_N2, pressure_N = _trajectory(strokes, hand, random)
    points_N2, pressure_N = _hasten(points_N2, pressure_N, hand.haste)
    points_N2[:, 1] -= hand.rise * (points_N2[:, 0] - 0.5)
    # Many strokes take a thinner brush.
    width = hand.width * min(1, (FEW_STROKES / len(strokes)) ** 0.4)
    return crop_ink(_ink(points_N2, pressure_N * width, hand.contrast, size))


def _trajectory(
    strokes: Strokes, hand: BrushHand, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Give where the brush is at each unit of time (N, 2) and its pressure there (N)."""
    stroke_P = np.repeat(np.arange(len(strokes)), [len(line) for line in strokes])
    shifts_S2 = random.normal(0, hand.wobble, (len(strokes), 2))
    joined_S = random.random(len(strokes)) < hand.joined
    path_P2 = np.concatenate(strokes) + shifts_S2[stroke_P]

    between_M = stroke_P[1:] != stroke_P[:-1]
    lifted_M = between_M & ~joined_S[stroke_P[1:]]
    # A joining brush is faster than a writing one; a lifted one takes its time, so that nothing
    # that was before bends what comes after.
    speed_M = np.select([lifted_M, between_M], [LIFTED_SPEED, JOINING_SPEED], SPEED)
    pressure_M = np.select([lifted_M, between_M], [0.0, hand.pressure], 1.0)

    lengths_M = np.hypot(*np.diff(path_P2, axis=0).T)
    reached_P = np.concatenate([[0], np.cumsum(lengths_M / speed_M)])
    time_N = np.linspace(0, reached_P[-1], int(reached_P[-1]) + 2)
    at_N = np.searchsorted(reached_P, time_N[1:-1], side="right") - 1
    pressure_N = pressure_M[np.pad(at_N, 1, constant_values=(0, len(pressure_M) - 1))]
    points_N2 = np.stack([np.interp(time_N, reached_P, axis_P) for axis_P in path_P2.T], axis=1)
    return points_N2.astype(np.float32), pressure_N.astype(np.float32)


def _hasten(
    points_N2: FloatArray, pressure_N: FloatArray, haste: float
) -> tuple[FloatArray, FloatArray]:
    """Smooth the way and the pressure along time; at both ends the brush rests."""
    if haste == 0:
        return points_N2, pressure_N
    way_N3 = np.column_stack([points_N2, pressure_N]).astype(np.float32)
    border = cv2.BORDER_REPLICATE
    smooth_N3: FloatArray = cv2.GaussianBlur(
        way_N3, (1, 0), 0.01, sigmaY=haste, borderType=border
    ).astype(np.float32, copy=False)
    return smooth_N3[:, :2], smooth_N3[:, 2]


def _ink(points_N2: FloatArray, widths_N: FloatArray, contrast: float, size: int) -> ImageArray:
    """Draw the way on a canvas of 1.5 ems with a nib that is wider for upright strokes."""
    scale = size * SUBPIXELS
    canvas_HW = np.zeros((scale * 3 // 2, scale * 3 // 2), np.uint8)
    ways_M2 = np.diff(points_N2, axis=0)
    upright_M = np.abs(ways_M2[:, 1]) / np.maximum(np.hypot(*ways_M2.T), 1e-6)
    widths_M = widths_N[1:] * (1 + contrast * (upright_M - 0.5)) * scale
    ends_N2 = np.round((points_N2 + 0.25) * scale).astype(int).tolist()
    for start, end, width in zip(ends_N2[:-1], ends_N2[1:], widths_M.tolist(), strict=True):
        if width >= THINNEST * scale:
            cv2.line(canvas_HW, start, end, 255, max(1, round(width)))
    small = canvas_HW.shape[0] // SUBPIXELS
    return cv2.resize(canvas_HW, (small, small), interpolation=cv2.INTER_AREA).astype(np.uint8)
