"""Smooth random fields: paper fibres, uneven light, the bend of a stroke."""

import cv2
import numpy as np

from model.characters import FloatArray


def smooth_noise(rng: np.random.Generator, height: int, width: int, cell: float) -> FloatArray:
    """Draw zero-mean noise of about unit variance that varies over `cell` pixels."""
    shape = (int(height / cell) + 3, int(width / cell) + 3)
    coarse = rng.standard_normal(shape, np.float32)
    # Fine fields do not show the difference between cubic and the three times faster linear.
    flag = cv2.INTER_CUBIC if cell > 8 else cv2.INTER_LINEAR  # noqa: PLR2004
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=flag), np.float32)
