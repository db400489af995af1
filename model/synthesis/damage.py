"""What age and owners do to a sheet: stains, worm holes, seals, folds, and the bed around it."""

from collections.abc import Callable

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.noise import smooth_noise
from model.synthesis.sheet import Sheet

Turn = Callable[[FloatArray], FloatArray]


def darken_stains(light_HW: FloatArray, rng: np.random.Generator) -> None:
    """Darken soft-edged patches in place."""
    height, width = light_HW.shape
    field_HW = smooth_noise(rng, height, width, rng.uniform(40, 200))
    light_HW -= rng.uniform(0.05, 0.25) * np.clip(field_HW - rng.uniform(0.5, 1.2), 0, 1)


def darken_fold(light_HW: FloatArray, rng: np.random.Generator, x: float) -> None:
    """Shade both sides of a fold or binding in place."""
    xs_W = np.arange(light_HW.shape[1], dtype=np.float32)
    depth, reach = rng.uniform(0.1, 0.6), rng.uniform(6, 60)
    light_HW *= 1 - depth * np.exp(-np.abs(xs_W - x) / reach)


def show_through(light_HW: FloatArray, density_HW: FloatArray, rng: np.random.Generator) -> None:
    """Darken the sheet where the other side's mirrored writing shows, in place."""
    height, width = density_HW.shape
    half = cv2.resize(density_HW, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    half = np.roll(half[:, ::-1], rng.integers(0, 64, 2).tolist(), (0, 1))
    half = cv2.GaussianBlur(half, (0, 0), rng.uniform(0.7, 2.0))
    back_HW = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
    light_HW -= rng.uniform(0.04, 0.22) * back_HW


def eat_holes(image_HW3: ImageArray, rng: np.random.Generator) -> None:
    """Draw the winding paths of bookworms, through which the next sheet or the bed shows."""
    height, width = image_HW3.shape[:2]
    paper = np.median(image_HW3[::16, ::16].reshape(-1, 3), axis=0)
    tone = paper * (rng.uniform(0.9, 1.08) if rng.random() < 0.7 else rng.uniform(0.3, 0.8))  # noqa: PLR2004
    colour = np.clip(tone, 0, 255).tolist()
    for _ in range(int(rng.integers(1, 6))):
        steps = int(rng.integers(2, 14))
        heading = np.cumsum(rng.normal(0, 0.7, steps)) + rng.uniform(0, 6.3)
        path = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1) * 8, 0)
        path += rng.random(2) * (width, height)
        points = [np.rint(path * 8).astype(np.int32)]
        thickness = int(rng.integers(2, 7))
        edge = [0.8 * c for c in colour]
        cv2.polylines(image_HW3, points, False, edge, thickness + 2, cv2.LINE_AA, 3)
        cv2.polylines(image_HW3, points, False, colour, thickness, cv2.LINE_AA, 3)


def stamp_seal(image_HW3: ImageArray, rng: np.random.Generator, size: float) -> None:
    """Stamp a red seal: nearly invisible in the red channel, dark in the others."""
    height, width = image_HW3.shape[:2]
    side = int(size * rng.uniform(1.2, 4.5))
    seal_HW = _draw_seal(rng, side)
    x, y = int(rng.integers(0, max(1, width - side))), int(rng.integers(0, max(1, height - side)))
    target_HW3 = image_HW3[y : y + side, x : x + side]
    mask_HW = seal_HW[: target_HW3.shape[0], : target_HW3.shape[1]]
    strength = rng.uniform(0.4, 0.85)
    red = rng.uniform(0.0, 0.12) if rng.random() < 0.8 else rng.uniform(0.12, 0.35)  # noqa: PLR2004
    for channel, share in enumerate((red, strength, strength * rng.uniform(0.85, 1))):
        target_HW3[..., channel] = target_HW3[..., channel] * (1 - share * mask_HW)


def _draw_seal(rng: np.random.Generator, side: int) -> FloatArray:
    """Draw a seal's imprint: frame and angular strokes like those of seal script."""
    seal_HW = np.zeros((side, side), np.uint8)
    thick = max(1, side // 24)
    if rng.random() < 0.7:  # noqa: PLR2004
        cv2.rectangle(seal_HW, (thick, thick), (side - 2 * thick, side - 2 * thick), 255, thick)
    else:
        cv2.circle(seal_HW, (side // 2, side // 2), side // 2 - thick, 255, thick, cv2.LINE_AA)
    grid = np.linspace(0.16, 0.84, 8) * side
    for _ in range(int(rng.integers(12, 30))):
        column, row = rng.integers(0, 8, 2)
        reach = int(rng.integers(1, 4))
        end = (min(7, column + reach), row) if rng.random() < 0.5 else (column, min(7, row + reach))  # noqa: PLR2004
        start_px = (int(grid[column]), int(grid[row]))
        cv2.line(seal_HW, start_px, (int(grid[end[0]]), int(grid[end[1]])), 255, thick)
    if rng.random() < 0.3:  # noqa: PLR2004 - carved the other way round
        inner_HW = seal_HW[thick:-thick, thick:-thick]
        inner_HW[...] = 255 - inner_HW
    patches_HW = smooth_noise(rng, side, side, 4)
    faded_HW = np.clip(1.1 - 0.3 * np.abs(patches_HW), 0, 1) * (seal_HW.astype(np.float32) / 255)
    return faded_HW.astype(np.float32)


def lay_on_bed(image_HW3: ImageArray, rng: np.random.Generator, sheet: Sheet, turn: Turn) -> None:
    """Paint what lies outside the paper: a dark or coloured bed, and the sheets below."""
    height, width = image_HW3.shape[:2]
    left, top, right, bottom = sheet.paper
    if left <= 0 and top <= 0 and right >= width and bottom >= height:
        return
    far = 2.0 * max(height, width)
    colour = (rng.uniform(5, 70) * rng.uniform(0.6, 1.4, 3)).tolist()
    if rng.random() < 0.15:  # noqa: PLR2004
        colour = rng.uniform(150, 255, 3).tolist()
    edges = (
        ((left, -far), (left, far), (-far, far), (-far, -far)),
        ((right, -far), (right, far), (far, far), (far, -far)),
        ((-far, top), (far, top), (far, -far), (-far, -far)),
        ((-far, bottom), (far, bottom), (far, far), (-far, far)),
    )
    inside = (left > 0, right < width, top > 0, bottom < height)
    for polygon, shown in zip(edges, inside, strict=True):
        if shown:
            points = np.rint(turn(np.array(polygon, np.float32))).astype(np.int32)
            cv2.fillConvexPoly(image_HW3, points, colour, cv2.LINE_AA)
            if rng.random() < 0.5:  # noqa: PLR2004 - the edges of sheets below
                for shift in np.cumsum(rng.uniform(2, 7, int(rng.integers(1, 5)))):
                    inward = points[:2] + np.array([shift, shift]) * (
                        np.sign(np.array([width, height]) / 2 - points[:2])
                        * (polygon[0][0] == polygon[1][0], polygon[0][1] == polygon[1][1])
                    )
                    line = np.rint(inward).astype(np.int32)
                    tone = [c * 0.5 + 50 for c in colour]
                    cv2.polylines(image_HW3, [line], False, tone, 1, cv2.LINE_AA)
