"""Crops of labelled pages: what is seen of them, and at which scale."""

import numpy as np

from model.characters import IGNORED_CODEPOINT, FloatArray, LabelledImage, Labels
from model.crop import crop_page, visible_labels


def test_every_visible_part_of_an_ignored_region_stays_ignored() -> None:
    boxes_N4 = np.array([(-90, 0, 100, 50), (-90, 0, 100, 50), (60, 0, 9, 9)], np.float32)
    labels = Labels(boxes_N4, np.array([IGNORED_CODEPOINT, 0x3042, IGNORED_CODEPOINT], np.int32))

    visible = visible_labels(labels, 50, 50)

    assert visible.boxes_N4.tolist() == [[0, 0, 10, 50]]
    assert visible.codepoints_N.tolist() == [IGNORED_CODEPOINT]


def test_an_ignored_page_does_not_change_the_scale_of_its_characters() -> None:
    character = np.array([(300, 300, 40, 40)], np.float32)
    regions = np.tile(np.array([(0, 0, 600, 600)], np.float32), (5, 1))
    labels = Labels(
        np.concatenate([character, regions]),
        np.array([0x3042] + [IGNORED_CODEPOINT] * 5, np.int32),
    )
    page = LabelledImage(np.zeros((600, 600, 3), np.uint8), labels)

    for seed in range(20):
        crop = crop_page(page, np.random.default_rng(seed), 128, 20.0)

        sides = crop.labels.boxes_N4[crop.labels.codepoints_N == 0x3042, 2:]
        assert ((sides > 20 * 0.7 * 0.85) & (sides < 20 * 1.5 * 1.18)).all()
        assert (crop.labels.codepoints_N == IGNORED_CODEPOINT).any()


def crop_of_a_cross(seed: int) -> LabelledImage:
    """A crop, with characters of 20 px, of a page with three characters of 40 px in an L."""
    boxes = np.array([(280, 280, 40, 40), (360, 280, 40, 40), (280, 360, 40, 40)], np.float32)
    image = np.full((600, 600, 3), 230, np.uint8)
    for x, y, width, height in boxes.astype(int):
        image[y : y + height, x : x + width] = 30
    labels = Labels(boxes, np.array([1, 2, 3], np.int32))
    return crop_page(LabelledImage(image, labels), np.random.default_rng(seed), 256, 20.0)


def test_crops_are_shifted_scaled_turned_stretched_and_slanted_within_bounds() -> None:
    crops = [crop_of_a_cross(seed) for seed in range(60)]
    whole = [crop.labels.boxes_N4 for crop in crops if len(crop.labels) == 3]

    places = np.array([boxes[0, :2] for boxes in whole])
    scales = np.array([boxes[0, 2:].prod() ** 0.5 / 20 for boxes in whole])
    ratios = np.array([boxes[0, 2] / boxes[0, 3] for boxes in whole])
    right, down = (np.array([b[i, :2] - b[0, :2] for b in whole]) for i in (1, 2))
    turns = np.degrees(np.arctan2(right[:, 1], right[:, 0]))
    slants = np.degrees(np.arctan2(-down[:, 0], down[:, 1])) - turns
    assert len(whole) > 30
    assert (places.std(0) > 20).all()
    assert 0.69 < scales.min() < 0.85
    assert 1.25 < scales.max() < 1.52
    assert 0.74 < ratios.min() < 0.85
    assert 1.2 < ratios.max() < 1.36
    # Rotated by 3 degrees, and one in twenty up or down; slanted by 0.15, and stretched.
    assert -3.1 - 3.4 < turns.min() < -3
    assert 3 < turns.max() < 3.1 + 3.4
    assert -9.8 - 3.4 < slants.min() < -5
    assert 5 < slants.max() < 9.8 + 3.4


def test_boxes_of_a_crop_lie_on_their_ink() -> None:
    for seed in range(60):
        crop = crop_of_a_cross(seed)

        for x, y, width, height in crop.labels.boxes_N4.round().astype(int):
            assert (crop.image_HW3[y : y + height, x : x + width] < 130).mean() > 0.8


def test_boxes_of_much_reduced_crops_are_centred_on_their_ink() -> None:
    """Labels that a model assigned move with every round that learns boxes beside their ink."""
    image = np.full((1600, 1600, 3), 230, np.uint8)
    image[700:900, 700:900] = 30
    labels = Labels(np.array([(700, 700, 200, 200)], np.float32), np.array([1], np.int32))
    page = LabelledImage(image, labels)
    crops = [crop_page(page, np.random.default_rng(seed), 96, 20.0) for seed in range(60)]

    off = [
        ink_center(crop) - (box[:2] + box[2:] / 2) for crop in crops for box in crop.labels.boxes_N4
    ]

    assert len(off) > 50
    assert np.abs(np.mean(off, 0)).max() < 0.05


def ink_center(crop: LabelledImage) -> FloatArray:
    """Where the only character lies in a crop that shows all of it, in pixels."""
    ink_HW = 230.0 - crop.image_HW3[..., 0]
    rows_H, columns_W = (np.arange(side) + 0.5 for side in ink_HW.shape)
    center = np.array([ink_HW.sum(0) @ columns_W, ink_HW.sum(1) @ rows_H]) / ink_HW.sum()
    return center.astype(np.float32)


def test_a_page_without_characters_gives_crops_without_labels() -> None:
    page = LabelledImage(np.full((400, 300, 3), 200, np.uint8), Labels.empty())

    crop = crop_page(page, np.random.default_rng(0), 128, 20.0)

    assert crop.image_HW3.shape == (128, 128, 3)
    assert (crop.image_HW3 == 200).all()
    assert len(crop.labels) == 0
