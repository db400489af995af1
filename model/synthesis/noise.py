"""Chance: yes or no, and smooth random fields for fibres, uneven light, the bend of a stroke."""

import cv2
import numpy as np

from model.characters import FloatArray

FINE = 8.0  # cells below this many pixels do not show whether they were interpolated cubically


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Say yes with a probability."""
    return bool(rng.random() < probability)


def smooth_noise(
    rng: np.random.Generator, height: int, width: int, cell: float, channels: int = 1
) -> FloatArray:
    """Draw zero-mean noise of about unit variance that varies over `cell` pixels.

    Returns:
        float32 (height, width), or (height, width, channels) of several independent ones.
    """
    shape = (int(height / cell) + 3, int(width / cell) + 3, channels)
    field_HWC = rng.standard_normal(shape, np.float32)
    if cell >= FINE:  # cubic on the coarse grid, linear to the full one: three times as fast
        inner = (int(width / FINE * 2) + 1, int(height / FINE * 2) + 1)
        field_HWC = np.asarray(
            cv2.resize(field_HWC, inner, interpolation=cv2.INTER_CUBIC), np.float32
        )
    return np.asarray(cv2.resize(field_HWC, (width, height)), np.float32)
