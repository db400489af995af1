"""Ink on paper and the scan of it: from an ink canvas to the image that an archive holds."""

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from model.synthesis.damage import darken_fold, darken_stains, show_through
from model.synthesis.noise import chance, smooth_noise

SWELLING = 0.08  # share of pages on which much ink or a worn block made all strokes thick
LEVELS = np.arange(256, dtype=np.float32)


def wear(ink_HW: ImageArray, rng: np.random.Generator) -> FloatArray:
    """Thin or thicken strokes and let ink run dry, as brushes and worn blocks do.

    Returns:
        float32 ink density in [0, 1].
    """
    height, width = ink_HW.shape
    if chance(rng, SWELLING):
        ink_HW = np.asarray(cv2.dilate(ink_HW, np.ones((2, 2), np.uint8)), np.uint8)
    blurred_HW = cv2.GaussianBlur(ink_HW, (0, 0), rng.uniform(0.5, 0.85))
    # A ramp across the blurred edge: its middle moves the edge, its slope sets the softness.
    middle, slope = rng.uniform(0.25, 0.6), rng.uniform(1.0, 2.3)
    ramp = np.clip((LEVELS / 255 - middle) * slope + 0.5, 0, 1) * np.clip(LEVELS / 40, 0, 1)
    density_HW = np.asarray(cv2.LUT(blurred_HW, ramp.astype(np.float32)), np.float32)
    dry = max(0.0, rng.normal(0.03, 0.11))
    if dry:
        patches_HW = smooth_noise(rng, height, width, rng.uniform(8, 40))
        patches_HW *= -dry
        patches_HW += 1 - dry
        density_HW *= np.clip(patches_HW, 0.15, 1, out=patches_HW)
    if chance(rng, 0.18):  # worn or dusty blocks print speckled
        holes_HW = smooth_noise(rng, height, width, rng.uniform(1.5, 3))
        holes_HW += rng.uniform(1.5, 3)
        density_HW *= np.clip(holes_HW, 0, 1, out=holes_HW)
    return density_HW


def paint(
    density_HW: FloatArray, rng: np.random.Generator, fold: float | None, *, cover: bool = False
) -> ImageArray:
    """Lay ink on a sheet: colour, fibres, stains, uneven light, the other side showing through.

    Args:
        density_HW: ink in [0, 1].
        rng: source of chance.
        fold: x of a fold between two pages, if there is one.
        cover: whether the sheet is a book's cover: darker, of any colour.

    Returns:
        uint8 RGB.
    """
    darkness = rng.uniform(0.5, 1.5) if cover else rng.beta(1.3, 2.4)
    brightness = 252 - 145 * darkness
    warmth = rng.uniform(-0.6, 0.6) if cover else rng.uniform(0.0, 0.4)
    paper = (brightness, brightness * (1 - 0.3 * warmth), brightness * (1 - 0.95 * warmth))
    tone = brightness * rng.uniform(0.08, 0.52)
    light_HW = _light(density_HW, rng)
    if fold is not None:
        darken_fold(light_HW, rng, fold)
    light_HW *= 1 - density_HW
    planes = [
        cv2.addWeighted(light_HW, level, density_HW, tone * tint, 0, dtype=cv2.CV_8U)
        for level, tint in zip(paper, (1.0, 0.96, 0.9), strict=True)
    ]
    return np.asarray(cv2.merge(planes), np.uint8)


def _light(density_HW: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw the brightness of the bare sheet, 1 on average."""
    height, width = density_HW.shape
    light_HW = smooth_noise(rng, height, width, rng.uniform(80, 300))
    fibres_HW = smooth_noise(rng, height, width, rng.uniform(2, 5))
    shades = rng.uniform(0.005, 0.05), rng.uniform(0.004, 0.022)
    light_HW = np.asarray(cv2.addWeighted(light_HW, shades[0], fibres_HW, shades[1], 1))
    grain_HW = rng.integers(0, 256, (height, width), np.uint8)
    grain = rng.uniform(0.0001, 0.0004)
    light_HW = np.asarray(
        cv2.addWeighted(light_HW, 1, grain_HW.astype(np.float32), grain, -127.5 * grain)
    )
    if chance(rng, 0.3):
        darken_stains(light_HW, rng)
    if chance(rng, 0.5):
        show_through(light_HW, density_HW, rng)
    return light_HW


def scan(image_HW3: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Blur and compress, as cameras and archives do."""
    if chance(rng, 0.4):
        image_HW3 = np.asarray(
            cv2.GaussianBlur(image_HW3, (0, 0), rng.uniform(0.3, 0.75)), np.uint8
        )
    if chance(rng, 0.6):
        quality = int(rng.integers(40, 95))
        _, data = cv2.imencode(".jpg", image_HW3, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image_HW3 = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image_HW3
