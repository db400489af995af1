"""What age and owners do to a sheet: stains, folds, the other side's ink, worm holes, seals."""

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.noise import chance, smooth_noise

SEAL_GRID = 8  # strokes of seal script run along a grid of this many lines


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
    half = np.roll(half[:, ::-1], tuple(rng.integers(0, 64, 2).tolist()), (0, 1))
    half = cv2.GaussianBlur(half, (0, 0), rng.uniform(0.5, 1.5))
    light_HW -= rng.uniform(0.04, 0.22) * cv2.resize(half, (width, height))


def eat_holes(image_HW3: ImageArray, rng: np.random.Generator) -> None:
    """Cut the winding paths of bookworms, through which the next sheet or the bed shows."""
    height, width = image_HW3.shape[:2]
    paper_3 = np.median(image_HW3[::16, ::16].reshape(-1, 3), axis=0)
    shade = rng.uniform(0.9, 1.08) if chance(rng, 0.7) else rng.uniform(0.3, 0.8)
    colour_3 = np.clip(paper_3 * shade, 0, 255)
    for _ in range(int(rng.integers(1, 6))):
        steps = int(rng.integers(2, 14))
        heading_N = np.cumsum(rng.normal(0, 0.7, steps)) + rng.uniform(0, 2 * np.pi)
        path_N2 = np.cumsum(np.stack([np.cos(heading_N), np.sin(heading_N)], 1) * 8, 0)
        points_N2 = np.rint(path_N2 + rng.random(2) * (width, height)).astype(np.int32)
        thickness = int(rng.integers(2, 7))
        for tone_3, extra in ((0.8 * colour_3, 2), (colour_3, 0)):
            cv2.polylines(
                image_HW3, [points_N2], False, tone_3.tolist(), thickness + extra, cv2.LINE_AA
            )


def stamp_seal(image_HW3: ImageArray, rng: np.random.Generator, size: float) -> None:
    """Stamp a red seal: dark in green and blue, faint in the red channel, at times brighter.

    Args:
        image_HW3: uint8 RGB, drawn into.
        rng: source of chance.
        size: character size in pixels, to which the seal's is proportional.
    """
    height, width = image_HW3.shape[:2]
    side = int(size * rng.uniform(1.2, 4.5))
    x, y = int(rng.integers(0, max(1, width - side))), int(rng.integers(0, max(1, height - side)))
    target_HW3 = image_HW3[y : y + side, x : x + side]
    mask_HW = _draw_seal(rng, side)[: target_HW3.shape[0], : target_HW3.shape[1]]
    strength = rng.uniform(0.4, 0.85)
    # A pasted seal covers paper and ink, a stamped one only darkens what lies below.
    pasted = chance(rng, 0.4)
    red = rng.uniform(180, 240) if pasted else 0.0
    for channel, floor in enumerate((red, 40.0 * pasted, 40.0 * pasted)):
        cover_HW = mask_HW * (strength if channel or pasted else rng.uniform(0.0, 0.25))
        blended_HW = target_HW3[..., channel] * (1 - cover_HW) + floor * cover_HW
        target_HW3[..., channel] = blended_HW.astype(np.uint8)


def _draw_seal(rng: np.random.Generator, side: int) -> FloatArray:
    """Draw a seal's imprint in [0, 1]: frame and angular strokes like those of seal script."""
    seal_HW = np.zeros((side, side), np.uint8)
    thick = max(1, side // 24)
    if chance(rng, 0.7):
        cv2.rectangle(seal_HW, (thick, thick), (side - 2 * thick, side - 2 * thick), 255, thick)
    else:
        cv2.circle(seal_HW, (side // 2, side // 2), side // 2 - thick, 255, thick, cv2.LINE_AA)
    count = int(rng.integers(12, 30))
    starts_N2 = rng.integers(0, SEAL_GRID, (count, 2))
    along_N2 = np.eye(2, dtype=np.int64)[rng.integers(0, 2, count)]
    ends_N2 = np.minimum(SEAL_GRID - 1, starts_N2 + along_N2 * rng.integers(1, 4, (count, 1)))
    grid = np.linspace(0.16, 0.84, SEAL_GRID) * side
    lines_N22 = grid[np.stack([starts_N2, ends_N2], 1)].astype(np.int32)
    cv2.polylines(seal_HW, list(lines_N22), False, 255, thick)
    if chance(rng, 0.3):  # characters white on red
        seal_HW = 255 - seal_HW
    wear_HW = np.clip(1.1 - 0.3 * np.abs(smooth_noise(rng, side, side, 4)), 0, 1)
    return np.asarray(wear_HW * (seal_HW / np.float32(255)), np.float32)
