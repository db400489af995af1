"""The scanner's bed around the paper, and the edges of the sheets that lie below it."""

import cv2
import numpy as np

from model.characters import ImageArray
from model.synthesis.noise import chance
from model.synthesis.sheet import Sheet, Turn


def lay_on_bed(image_HW3: ImageArray, rng: np.random.Generator, sheet: Sheet, turn: Turn) -> None:
    """Paint what lies outside the paper, in place.

    Args:
        image_HW3: uint8 RGB.
        rng: source of chance.
        sheet: where the paper ends.
        turn: from sheet to image.
    """
    height, width = image_HW3.shape[:2]
    left, top, right, bottom = sheet.paper
    far = 2.0 * max(height, width)
    colour = rng.uniform(5, 70) * rng.uniform(0.6, 1.4, 3)
    if chance(rng, 0.15):
        colour = np.minimum(rng.uniform(150, 250) * rng.uniform(0.85, 1.15, 3), 255)
    # Each side: whether it shows, two points of the edge, two far outside, the way inwards.
    sides = (
        (left > 0, ((left, -far), (left, far), (-far, far), (-far, -far)), (1, 0)),
        (right < width, ((right, -far), (right, far), (far, far), (far, -far)), (-1, 0)),
        (top > 0, ((-far, top), (far, top), (far, -far), (-far, -far)), (0, 1)),
        (bottom < height, ((-far, bottom), (far, bottom), (far, far), (-far, far)), (0, -1)),
    )
    for shows, corners, inward in sides:
        if not shows:
            continue
        corners_42 = np.array(corners, np.float32)
        polygon_42 = np.rint(turn(corners_42)).astype(np.int32)
        cv2.fillConvexPoly(image_HW3, polygon_42, colour.tolist(), cv2.LINE_AA)
        if chance(rng, 0.5):
            for depth in np.cumsum(rng.uniform(2, 7, int(rng.integers(1, 5)))):
                edge_22 = corners_42[:2] + depth * np.array(inward, np.float32)
                line_22 = np.rint(turn(edge_22.astype(np.float32))).astype(np.int32)
                tone = (colour / 2 + 50).tolist()
                cv2.polylines(image_HW3, [line_22], False, tone, 1, cv2.LINE_AA)
