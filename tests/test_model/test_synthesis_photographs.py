"""Glyphs cut out of labelled pages, for synthesis to write with on other paper."""

import numpy as np

from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, ImageArray, Labels
from model.synthesis.photographs import SIDE, photograph_glyphs

NO, KU = ord("の"), ord("く")
PAPER, INK = 190, 60


def page_with(*boxes: tuple[int, int, int, int]) -> ImageArray:
    """A page on which each box is filled but for a margin of paper."""
    image_HW = np.full((400, 300), PAPER, np.uint8)
    for x, y, width, height in boxes:
        image_HW[y + 4 : y + height - 4, x + 4 : x + width - 4] = INK
    return image_HW


def labelled(*characters: tuple[tuple[int, int, int, int], int]) -> Labels:
    boxes, codepoints = zip(*characters, strict=True)
    return Labels(np.array(boxes, np.float32), np.array(codepoints, np.int32))


def test_ink_is_dark_on_bare_paper_whatever_the_paper_was() -> None:
    box = (100, 100, 40, 40)
    [(codepoint, photograph_HW)] = photograph_glyphs(page_with(box), labelled((box, NO)))

    assert codepoint == NO
    assert photograph_HW.shape == (SIDE, SIDE)
    assert photograph_HW[SIDE // 2, SIDE // 2] == 255
    assert photograph_HW[0].max() == 0


def test_characters_keep_their_sizes_beside_each_other_and_tall_ones_fit() -> None:
    usual, small, tall = (20, 20, 40, 40), (120, 20, 20, 20), (200, 20, 30, 200)
    labels = labelled((usual, NO), (usual, NO), (small, KU), (tall, KU))

    photographs = [image for _, image in photograph_glyphs(page_with(usual, small, tall), labels)]

    heights = [int((image > 127).any(axis=1).sum()) for image in photographs]
    assert heights[2] < 0.6 * heights[0]
    assert SIDE * 0.8 < heights[3] < SIDE


def test_only_names_are_cut_out_and_only_where_there_is_ink() -> None:
    written, bare, beyond = (100, 100, 40, 40), (20, 300, 40, 40), (500, 100, 40, 40)
    labels = labelled(
        (written, UNKNOWN_CODEPOINT), (written, IGNORED_CODEPOINT), (bare, NO), (beyond, KU)
    )

    assert list(photograph_glyphs(page_with(written), labels)) == []


def test_a_blank_page_gives_nothing() -> None:
    assert list(photograph_glyphs(page_with(), Labels.empty())) == []
