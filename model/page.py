"""A page as the reader takes it, and the scales at which it may be looked at.

Shapes: H W rows and columns, N characters.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model.characters import FloatArray, ImageArray

# Long sides, in pixels, at which a page is tried; neighbours differ by a factor of 1.4, within
# which the training varied the characters' size. The last is also the largest image ever needed.
CANDIDATE_SIDES = (480, 680, 960, 1360)


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page as the reader takes it.

    Attributes:
        image_HW3: uint8 RGB, upright, at most ``CANDIDATE_SIDES[-1]`` on its longer side; HW1, the
            red channel, suffices a network of one channel.
        width: width of the full-size page in pixels: the frame of the boxes that are returned.
        height: its height.
    """

    image_HW3: ImageArray
    width: int
    height: int

    @property
    def long_side(self) -> int:
        """Longer side of the image in pixels."""
        height, width = self.image_HW3.shape[:2]
        return int(max(height, width))


def sides_to_try(page: Page) -> tuple[int, ...]:
    """The long sides at which a page is worth reading; nothing is enlarged.

    A page smaller than a candidate was tried at its own size with the candidate before.
    """
    larger = (side for before, side in pairwise(CANDIDATE_SIDES) if page.long_side > before)
    return CANDIDATE_SIDES[0], *larger


def scale_confidence(scores_N: FloatArray) -> float:
    """How well a scale suits a page: the mean score, times the logarithm of one more than N.

    The mean alone would prefer a scale at which only one large heading is seen.
    """
    return float(scores_N.mean()) * float(np.log1p(len(scores_N))) if len(scores_N) else 0.0
