"""The scale at which a page is read, chosen from its characters' size on a small image of it.

The median size of what is found is biased: on a small image the smallest characters are missed,
and furigana and split kanji shrink it. Repeated, the choice runs away; so it is made once, always
at the same small size, and for a size of characters at which this bias is right in the mean.
"""

import numpy as np

from model.characters import FloatArray

PROBE_SIDE = 570  # pixels of the longer side: a sixth of the operations of the largest
# Longer side at which a page is looked at again whose probe shows nothing: a line of small writing
# is seen on it that the probe missed.
SECOND_LOOK_SIDE = 960
# Long sides at which pages are read, a factor of 1.19 apart: pages of one book mostly share one,
# and with it their batches.
READING_SIDES = (480, 570, 680, 820, 960, 1150, 1360)
# Median of the longer sides of the probe's boxes, in pixels once the page has its scale. Measured
# by benchmarks/page_scale.py, which shows its neighbours; a model whose card has a ``sought_size``
# knows better: a model adapted to real pages wants its pages smaller.
SOUGHT_SIZE = 40.0
# Fewer characters tell no size: of a title page with 17 the built-in model's probe saw one.
FEWEST_CHARACTERS = 20


# Scales, from that of reading on, whose class log-probabilities are averaged: docs/adaptation.md
# has what it gains.
NAMING_SCALES = 3


def naming_sides(side: int) -> tuple[int, ...]:
    """The sides at which characters are named: the page's own and the next two larger, if any."""
    first = READING_SIDES.index(side)
    return READING_SIDES[first : first + NAMING_SCALES]


def reading_side(
    boxes_N4: FloatArray, long_side: int, sought_size: float = SOUGHT_SIZE
) -> int | None:
    """Choose the longer side, in pixels, at which a page is to be read.

    Args:
        boxes_N4: what was found at ``PROBE_SIDE``, in pixels of the full-size page.
        long_side: of the full-size page in pixels.
        sought_size: median of the longer sides of the probe's boxes at the scale to choose.

    Returns:
        One of ``READING_SIDES``, or None if too little was found to tell.
    """
    if len(boxes_N4) < FEWEST_CHARACTERS:
        return None
    size = float(np.median(boxes_N4[:, 2:].max(1)))
    sought = sought_size / size * long_side
    return min(READING_SIDES, key=lambda side: abs(np.log(side / sought)))
