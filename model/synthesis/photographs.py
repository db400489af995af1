"""Cuts the glyphs of a labelled page out, so that synthesis writes with them elsewhere.

What a page teaches of its characters is tied to their neighbours, their paper and their column.
Pasted among other characters on other paper a glyph must be read by its strokes (the copy and
paste of Ghiasi et al. 2021, for writing).
"""

from collections.abc import Iterator

import cv2
import numpy as np

from model.characters import ImageArray, Labels

SIDE = 64  # pixels of a photograph
FRAME = 1.3  # a frame's side as a share of the page's usual character size
ROOM = 1.04  # a tall character's frame is as much longer than its box
PAPER, INK = 85, 1.5  # percentiles of the brightness of the surroundings that are bare, or inked
FAINTEST = 40  # grey levels between the two; with less nothing can be told


def photograph_glyphs(image_HW: ImageArray, labels: Labels) -> Iterator[tuple[int, ImageArray]]:
    """Cut out every character that has a name.

    Args:
        image_HW: uint8 brightness of the page; of a coloured one the red channel, without seals.
        labels: its characters.

    Yields:
        Code point and uint8 ink, 255 on 0, in a square frame of 64 pixels. Nothing comes of
        boxes at which ink and paper look alike.
    """
    if not len(labels):
        return
    usual = FRAME * float(np.median(np.sqrt(labels.boxes_N4[:, 2:].prod(axis=1))))
    for codepoint, box in zip(labels.codepoints_N.tolist(), labels.boxes_N4.tolist(), strict=True):
        if codepoint < 0:
            continue
        ink_HW = _ink_of(image_HW, box)
        if ink_HW is not None:
            yield codepoint, _framed(ink_HW, max(usual, max(ink_HW.shape) * ROOM))


def _ink_of(image_HW: ImageArray, box: list[float]) -> ImageArray | None:
    """Tell ink from paper inside a box; None where they cannot be told apart."""
    x, y, width, height = (round(value) for value in box)
    left, top = max(x, 0), max(y, 0)
    part_HW = image_HW[top : y + height, left : x + width]
    if part_HW.size == 0:
        return None
    reach = max(width, height) // 4  # thick strokes leave little paper inside their own box
    around_HW = image_HW[max(top - reach, 0) : y + height + reach, max(left - reach, 0) :][
        :, : width + 2 * reach
    ]
    ink, paper = np.percentile(part_HW, INK), np.percentile(around_HW, PAPER)
    if paper - ink < FAINTEST:
        return None
    density_HW = (paper - part_HW.astype(np.float32)) * (255 / (paper - ink))
    return np.clip(density_HW, 0, 255).astype(np.uint8)


def _framed(ink_HW: ImageArray, side: float) -> ImageArray:
    """Put ink into the middle of a frame and scale that to a photograph."""
    height, width = ink_HW.shape
    shrink = SIDE / side
    inner = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small_HW = cv2.resize(ink_HW, inner, interpolation=cv2.INTER_AREA)[:SIDE, :SIDE]
    photograph_HW = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - small_HW.shape[0]) // 2, (SIDE - small_HW.shape[1]) // 2
    photograph_HW[top : top + small_HW.shape[0], left : left + small_HW.shape[1]] = small_HW
    return photograph_HW
