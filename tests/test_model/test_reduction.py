"""Images made smaller: the size asked for, and no stroke lost, whichever way they are reduced."""

import numpy as np
import pytest

from model.reduction import AREAS_FROM, reduce, reduce_to


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("long_side", [400, 399, 360, 321, 320, 240, 100, 1])
def test_the_longer_side_becomes_what_was_asked_for(long_side: int, channels: int) -> None:
    image_HWC = np.zeros((400, 250, channels), np.uint8)

    reduced_HWC = reduce(image_HWC, long_side)

    width = max(1, round(250 * long_side / 400))
    assert reduced_HWC.shape == (long_side, width, channels)
    assert reduced_HWC.dtype == np.uint8


def test_nothing_is_enlarged_and_an_image_of_that_size_is_not_copied() -> None:
    image_HWC = np.zeros((40, 25, 3), np.uint8)

    assert reduce(image_HWC, 41) is image_HWC
    assert reduce_to(image_HWC, (25, 40)) is image_HWC


@pytest.mark.parametrize("factor", [1.01, 1.1, AREAS_FROM - 0.01, AREAS_FROM, 1.9, 2.4])
def test_ink_keeps_its_place_and_its_amount(factor: float) -> None:
    # Characters of 24 px with strokes of three, as on pages at the scale of reading.
    image_HWC = np.full((600, 600, 1), 255, np.uint8)
    for start in range(12, 588, 24):
        image_HWC[start : start + 3, 60:540] = 0
    side = round(600 / factor)

    ink_HW = 255.0 - reduce(image_HWC, side)[..., 0]

    ratio = side / 600
    rows_H = ink_HW.sum(1)
    centre = (rows_H * (np.arange(side) + 0.5)).sum() / rows_H.sum()
    ink = 255.0 - image_HWC[..., 0]
    truth = (ink.sum(1) * (np.arange(600) + 0.5)).sum() / ink.sum()
    assert centre == pytest.approx(truth * ratio, abs=0.1)
    assert ink_HW.mean() == pytest.approx(ink.mean(), rel=0.02)
