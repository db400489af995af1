"""What a synthetic page has beside its text: each feature does what it is there for."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from model.characters import FloatArray, ImageArray
from model.synthesis.bed import lay_on_bed
from model.synthesis.damage import darken_fold, darken_stains, eat_holes, show_through, stamp_seal
from model.synthesis.furniture import (
    draw_boxes,
    draw_frame,
    draw_punctuation,
    draw_rules,
    sprinkle_specks,
)
from model.synthesis.paper import scan, wear
from model.synthesis.picture import draw_picture
from model.synthesis.sheet import Sheet
from model.synthesis.writing import Writing

SIZE, CHARACTER = 200, 28.0
INK, PAPER = 20, 220
Drawing = Callable[[ImageArray, np.random.Generator], None]
seeds = pytest.mark.parametrize("seed", range(5))


def chance(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def upright(points_N2: FloatArray) -> FloatArray:
    return points_N2


def characters(*labelled: bool) -> Writing:
    """Characters below each other at x = 100, from y = 50 on."""
    count = len(labelled)
    centers_N2 = np.array([(100, 50 + 60 * n) for n in range(count)], np.float32)
    scales_N2 = np.ones((count, 2), np.float32)
    return Writing(
        np.zeros(count, np.int64), centers_N2, scales_N2, np.array(labelled), np.zeros(count, bool)
    )


def drawn(draw: Drawing, seed: int) -> ImageArray:
    canvas_HW = np.zeros((SIZE, SIZE), np.uint8)
    draw(canvas_HW, chance(seed))
    return canvas_HW


def plain_sheet() -> ImageArray:
    return np.full((SIZE, SIZE, 3), PAPER, np.uint8)


@seeds
def test_a_frame_surrounds_its_area_and_leaves_it_free(seed: int) -> None:
    canvas = drawn(lambda c, r: draw_frame(c, r, upright, (60, 60, 140, 140), CHARACTER), seed)

    assert not canvas[63:137, 63:137].any()
    assert canvas.any(0).sum() > 60
    assert canvas.any(1).sum() > 60
    assert canvas.sum() == canvas[30:170, 30:170].sum()


@seeds
def test_rules_run_down_between_the_columns_only(seed: int) -> None:
    xs = [50.0, 100.0, 150.0]

    canvas = drawn(lambda c, r: draw_rules(c, r, upright, xs, (20, 180)), seed)

    for x in (50, 100, 150):
        assert canvas[20:180, x - 6 : x + 7].any(1).mean() > 0.4
        canvas[:, x - 6 : x + 7] = 0
    assert not canvas.any()


@seeds
def test_a_picture_fills_its_area_with_lines(seed: int) -> None:
    canvas = drawn(lambda c, r: draw_picture(c, r, upright, (50, 50, 150, 150)), seed)

    assert (canvas[50:150, 50:150] > 0).mean() > 0.01
    assert canvas.sum() == canvas[30:170, 30:170].sum()


def test_no_picture_is_drawn_where_there_is_no_room() -> None:
    assert not drawn(lambda c, r: draw_picture(c, r, upright, (50, 50, 60, 150)), 0).any()


@seeds
def test_punctuation_stands_at_the_lower_right_of_labelled_characters(seed: int) -> None:
    writing = characters(True, False)

    canvas = drawn(lambda c, r: draw_punctuation(c, r, writing, CHARACTER, 1.0), seed)

    rows, columns = np.nonzero(canvas)
    assert len(rows)
    assert rows.min() > 50
    assert columns.min() > 100
    assert rows.max() < 110 - CHARACTER / 2  # none at the second


@seeds
def test_boxes_are_drawn_around_characters(seed: int) -> None:
    canvas = drawn(lambda c, r: draw_boxes(c, r, upright, characters(True), CHARACTER), seed)

    assert canvas.any()
    assert not canvas[50 - 10 : 50 + 10, 100 - 10 : 100 + 10].any()


@seeds
def test_specks_are_small(seed: int) -> None:
    canvas = np.zeros((512, 512), np.uint8)

    sprinkle_specks(canvas, chance(seed))

    _, _, statistics, _ = cv2.connectedComponentsWithStats((canvas > 0).astype(np.uint8))
    areas = statistics[1:, cv2.CC_STAT_AREA]
    assert len(areas)
    assert areas.max() <= 12


@seeds
def test_stains_darken_patches_and_leave_the_rest(seed: int) -> None:
    light = np.ones((600, 600), np.float32)

    darken_stains(light, chance(seed))

    assert 0.7 < light.min() < 0.995
    assert (light == 1).mean() > 0.1


@seeds
def test_a_sheet_is_darkest_at_its_binding(seed: int) -> None:
    light = np.ones((SIZE, SIZE), np.float32)

    darken_fold(light, chance(seed), 60.0)

    assert light[0].argmin() == 60
    assert light[:, 60].max() < 0.95
    assert (np.diff(light[0, 60:]) >= 0).all()
    assert (np.diff(light[0, :61]) <= 0).all()


@seeds
def test_what_shows_through_is_mirrored(seed: int) -> None:
    density = np.zeros((SIZE, SIZE), np.float32)
    density[60:140, 60:80] = density[120:140, 60:120] = 1  # the letter L
    light = np.ones((SIZE, SIZE), np.float32)

    show_through(light, density, chance(seed))

    def likeness(writing: FloatArray) -> float:
        """The best over all shifts."""
        spectra = np.fft.rfft2(1 - light), np.fft.rfft2(writing)
        return float(np.fft.irfft2(spectra[0] * spectra[1].conj()).max())

    assert 0.7 < light.min() < 0.98
    assert light.max() == pytest.approx(1)
    assert likeness(density[:, ::-1]) > 1.1 * likeness(density)


@seeds
def test_worms_eat_paths_through_paper_and_ink(seed: int) -> None:
    image = plain_sheet()
    image[:, ::3] = INK
    before = image.copy()

    eat_holes(image, chance(seed))

    eaten = (image != before).any(2)
    assert 0 < eaten.mean() < 0.3
    assert image[eaten & (before[..., 0] == INK)].max() > 2 * INK


@seeds
def test_a_seal_is_red_and_no_larger_than_seals_are(seed: int) -> None:
    image = plain_sheet()

    stamp_seal(image, chance(seed), CHARACTER)

    rows, columns = np.nonzero((image != PAPER).any(2))
    red, green, blue = image[rows, columns].mean(0)
    assert red > 1.2 * max(green, blue)
    assert max(np.ptp(rows), np.ptp(columns)) < 4.5 * CHARACTER


def test_worn_blocks_print_thin_soft_or_with_gaps_but_only_where_they_are_cut() -> None:
    block = np.zeros((SIZE, SIZE), np.uint8)
    block[50:150, 50:150] = 255

    printed = [wear(block, chance(seed)) for seed in range(30)]

    inside = np.array([density[60:140, 60:140].min() for density in printed])
    for density in printed:
        assert (density >= 0).all()
        assert (density <= 1).all()
        assert ((density > 0.05) & (density < 0.95)).any()
        assert not density[:44].any()
    assert 0.05 < (inside < 0.5).mean() < 0.7
    assert inside.max() > 0.95


@pytest.mark.parametrize("step", ["blur", "JPEG"])
def test_scans_are_blurred_and_compressed(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([step == "blur", step == "JPEG"])
    monkeypatch.setattr("model.synthesis.paper.chance", lambda _rng, _share: next(answers))
    image = plain_sheet()
    image[:, 100:] = 60

    scanned = scan(image, chance(1))

    rings = bool(scanned.max() > PAPER or scanned.min() < 60)
    assert not np.array_equal(scanned, image)
    assert rings == (step == "JPEG")  # a blur mixes neighbours, compression overshoots
    assert (np.abs(scanned[:, :80].astype(int) - PAPER) <= 2).all()


@seeds
def test_outside_the_paper_lies_the_scanners_bed(seed: int) -> None:
    image = plain_sheet()

    lay_on_bed(image, chance(seed), Sheet((40, -1, SIZE + 1, SIZE + 1), ()), upright)

    assert (image[:, :38] != PAPER).any(2).all()
    assert (image[:, 80:] == PAPER).all()
