"""Augmentation: boxes stay on their ink, chance comes from the generator alone."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from model.augmentation import augment_crop
from model.characters import LabelledImage, Labels
from model.photometric import change_light

SIZE, SIDE = 192, 24


def crop_of_squares() -> LabelledImage:
    image = np.full((SIZE, SIZE, 3), 235, np.uint8)
    corners = [(x, y) for y in (20, 80, 140) for x in (20, 80, 140)]
    for x, y in corners:
        image[y : y + SIDE, x : x + SIDE] = 20
    boxes = np.array([(x, y, SIDE, SIDE) for x, y in corners], np.float32)
    return LabelledImage(image, Labels(boxes, np.arange(0x3042, 0x304B, dtype=np.int32)))


CROP = crop_of_squares()


@given(st.integers(0, 2**31))
@example(1788)  # two patches of bare paper, neither of which hides half of the character alone
@example(4367)
def test_boxes_follow_their_ink(seed: int) -> None:
    bent = augment_crop(CROP, np.random.default_rng(seed), SIDE)

    grey = bent.image_HW3.min(2).astype(float)  # a seal's red stays lighter than ink in none
    ink = grey < (grey.max() + grey.min()) / 2
    for x, y, width, height in bent.labels.boxes_N4.round().astype(int):
        # up to half of a character may lie below a patch of bare paper
        assert ink[y : y + height, x : x + width].mean() > 0.35


@given(st.integers(0, 2**31))
def test_equal_generators_give_equal_crops_and_leave_the_original(seed: int) -> None:
    before = CROP.image_HW3.copy()

    one, other = (augment_crop(CROP, np.random.default_rng(seed), SIDE) for _ in range(2))

    assert np.array_equal(one.image_HW3, other.image_HW3)
    assert np.array_equal(one.labels.boxes_N4, other.labels.boxes_N4)
    assert np.array_equal(CROP.image_HW3, before)


def test_crops_differ_from_each_other() -> None:
    crops = [augment_crop(CROP, np.random.default_rng(seed), SIDE) for seed in range(12)]

    assert len({crop.image_HW3.tobytes() for crop in crops}) > 6


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 3, 32, 64)])
def test_light_changes_crop_by_crop_and_repeats_with_the_seed(shape: tuple[int, ...]) -> None:
    images = torch.full(shape, 120, dtype=torch.uint8)

    torch.manual_seed(5)
    one = change_light(images)
    torch.manual_seed(5)
    other = change_light(images)

    assert torch.equal(one, other)
    assert (one.shape, one.dtype) == (images.shape, torch.uint8)
    assert len({crop.float().mean().item() for crop in one}) == shape[0]
