"""Crops of labelled pages: what is seen of them, and at which scale."""

import numpy as np

from model.characters import IGNORED_CODEPOINT, LabelledImage, Labels
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
        assert ((sides > 12) & (sides < 31)).all()
        assert (crop.labels.codepoints_N == IGNORED_CODEPOINT).any()
