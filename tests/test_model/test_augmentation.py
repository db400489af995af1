"""Augmentation: boxes stay on their ink, chance comes from the generator alone."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from model import augmentation
from model.augmentation import augment_crop
from model.characters import ImageArray, LabelledImage, Labels
from model.photometric import change_light

SIZE, SIDE = 192, 24
PAPER, INK = 235, 20
Augment = Callable[..., LabelledImage]
seeds = pytest.mark.parametrize("seed", range(5))


def crop_of_squares() -> LabelledImage:
    image = np.full((SIZE, SIZE, 3), PAPER, np.uint8)
    corners = [(x, y) for y in (20, 80, 140) for x in (20, 80, 140)]
    for x, y in corners:
        image[y : y + SIDE, x : x + SIDE] = INK
    boxes = np.array([(x, y, SIDE, SIDE) for x, y in corners], np.float32)
    return LabelledImage(image, Labels(boxes, np.arange(0x3042, 0x304B, dtype=np.int32)))


CROP = crop_of_squares()


@pytest.fixture
def augment_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Augment:
    """Augment the crop of squares in the way that the test names, and in no other."""
    for share in (name for name in vars(augmentation) if name.endswith("_SHARE")):
        monkeypatch.setattr(augmentation, share, float(share == request.param))

    def augment(seed: int, image: ImageArray = CROP.image_HW3) -> LabelledImage:
        crop = LabelledImage(image, CROP.labels)
        return augment_crop(crop, np.random.default_rng(seed), SIDE)

    return augment


def only(share: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("augment_only", [share], indirect=True)


def ink_boxes(crop: LabelledImage) -> np.ndarray:
    """The boxes (left, top, right, bottom) of the nine squares' ink, in their order."""
    dark = crop.image_HW3.max(2) < (PAPER + INK) / 2
    found = []
    for x, y in CROP.labels.boxes_N4[:, :2].astype(int):
        low_x, low_y = max(0, x - 18), max(0, y - 18)
        rows, columns = np.nonzero(dark[low_y : y + SIDE + 18, low_x : x + SIDE + 18])
        found.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        found[-1] = np.add(found[-1], (low_x, low_y, low_x, low_y))
    return np.array(found, float)


def off_affine(points: np.ndarray) -> float:
    """How far the points lie from the best affine image of the squares, at most."""
    before = np.c_[CROP.labels.boxes_N4[:, :2], np.ones(len(points))]
    affine = np.linalg.lstsq(before, points, rcond=None)[0]
    return float(np.abs(before @ affine - points).max())


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


@seeds
@only("BEND_SHARE")
def test_bent_boxes_hug_their_ink(augment_only: Augment, seed: int) -> None:
    crosses = np.full_like(CROP.image_HW3, PAPER)  # like most glyphs, they leave corners free
    for x, y in CROP.labels.boxes_N4[:, :2].astype(int):
        crosses[y + 9 : y + 15, x : x + SIDE] = crosses[y : y + SIDE, x + 9 : x + 15] = INK

    bent = augment_only(seed, crosses)

    low, sides = bent.labels.boxes_N4[:, :2], bent.labels.boxes_N4[:, 2:]
    assert np.abs(np.c_[low, low + sides] - ink_boxes(bent)).mean() < 0.35  # pixels
    assert np.abs(low - CROP.labels.boxes_N4[:, :2]).max() > 1


@seeds
@only("BEND_SHARE")
def test_bending_is_elastic(
    augment_only: Augment, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augmentation, "KEYSTONE", 0.0)
    monkeypatch.setattr(augmentation, "ELASTIC_REACH", 0.3)

    assert off_affine(augment_only(seed).labels.boxes_N4[:, :2]) > 0.8


@seeds
@only("BEND_SHARE")
def test_perspective_moves_corners_apart_and_keeps_lines_straight(
    augment_only: Augment, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augmentation, "ELASTIC_REACH", 0.0)

    corners = augment_only(seed).labels.boxes_N4[:, :2]

    shifts = np.abs(corners - CROP.labels.boxes_N4[:, :2])
    rows = corners.reshape(3, 3, 2)
    assert 0.3 < shifts.max() < 1.3 * augmentation.KEYSTONE * SIZE
    assert np.abs(rows[:, 0] + rows[:, 2] - 2 * rows[:, 1]).max() < 0.7


@only("FADE_SHARE")
def test_contrast_is_stretched_place_by_place(augment_only: Augment) -> None:
    fibres = np.random.default_rng(0).normal(0, 5, (SIZE, SIZE, 1))
    shade = np.where(np.arange(SIZE) < SIZE // 2, 90, 200)[None, :, None]
    faint = np.repeat(shade + fibres, 3, 2).astype(np.uint8)

    stretched = [augment_only(seed, faint).image_HW3.astype(float) for seed in range(20)]

    for half in (np.s_[:, : SIZE // 2 - 30], np.s_[:, SIZE // 2 + 30 :]):
        gains = [image[half].std() / faint[half].std() for image in stretched]
        assert min(gains) > 0.9
        assert np.mean(gains) > 1.3


@seeds
@only("BLUR_SHARE")
def test_blur_softens_edges_and_nothing_else(augment_only: Augment, seed: int) -> None:
    image = augment_only(seed).image_HW3

    assert ((image > INK + 10) & (image < PAPER - 10)).any()
    assert (image[:14] == PAPER).all()
    assert (image[30:34, 30:34] == INK).all()


@seeds
@only("NOISE_SHARE")
def test_noise_is_everywhere_and_grey(augment_only: Augment, seed: int) -> None:
    image = augment_only(seed).image_HW3.astype(int)

    assert 0.5 < image[:14].std() < 9
    assert 0.3 < image[26:40, 26:40].std() < 9
    assert (np.ptp(image, axis=2) == 0).all()


@seeds
@only("ERASE_SHARE")
def test_erased_characters_lose_their_labels_and_the_others_keep_them(
    augment_only: Augment, seed: int
) -> None:
    erased = augment_only(seed)

    kept = set(erased.labels.codepoints_N.tolist())
    hidden = (erased.image_HW3 > CROP.image_HW3).any(2)
    assert hidden.any()
    for (x, y, *_), codepoint in zip(
        CROP.labels.boxes_N4.astype(int), CROP.labels.codepoints_N, strict=True
    ):
        share = hidden[y : y + SIDE, x : x + SIDE].mean()
        assert (share < 0.5) == (codepoint in kept)


@seeds
@only("SEAL_SHARE")
def test_seals_are_stamped_over_paper_and_ink(augment_only: Augment, seed: int) -> None:
    stamped = augment_only(seed)

    red, green = stamped.image_HW3[..., 0].astype(int), stamped.image_HW3[..., 1].astype(int)
    assert (red > green + 30).sum() > 20
    assert (red >= green).all()
    assert stamped.labels is CROP.labels


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


@only("BRUSH_SHARE")
def test_another_brush_moves_the_edges_of_strokes_by_a_pixel(augment_only: Augment) -> None:
    crops = [augment_only(seed) for seed in range(12)]
    change = np.array([crop.image_HW3.astype(float).mean() for crop in crops])
    change -= CROP.image_HW3.mean()

    assert (change < 0).any()
    assert (change > 0).any()
    for crop in crops:
        changed = (crop.image_HW3 != CROP.image_HW3).any(2)
        x, y = CROP.labels.boxes_N4[4, :2].astype(int)
        assert not changed[y + 1 : y + SIDE - 1, x + 1 : x + SIDE - 1].any()
        assert changed.sum() <= 9 * 4 * (SIDE + 1)
        assert np.array_equal(crop.labels.boxes_N4, CROP.labels.boxes_N4)
