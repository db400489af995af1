"""Synthetic pages: labels that tell the truth, the same page from the same seed."""

import io
from pathlib import Path

import numpy as np
import pytest

from model.characters import LabelledImage
from model.synthesis.atlas import GlyphAtlas, build_atlas
from model.synthesis.corpus import Corpus
from model.synthesis.render import render_crop, render_page
from tasks.fonts import load_fonts

FONTS = Path(__file__).parents[1] / "data" / "fonts"
CORPUS = Corpus()


@pytest.fixture(scope="module")
def atlas() -> GlyphAtlas:
    return build_atlas(load_fonts([FONTS]), [int(c) for c in CORPUS.codepoints_C])


def crop(atlas: GlyphAtlas, seed: int) -> LabelledImage:
    return render_crop(atlas, CORPUS, np.random.default_rng(seed), 256)


def test_the_same_seed_gives_the_same_crop(atlas: GlyphAtlas) -> None:
    one, other = crop(atlas, 5), crop(atlas, 5)

    assert np.array_equal(one.image_HW3, other.image_HW3)
    assert np.array_equal(one.labels.boxes_N4, other.labels.boxes_N4)
    assert not np.array_equal(one.image_HW3, crop(atlas, 6).image_HW3)


@pytest.mark.parametrize("seed", range(12))
def test_boxes_lie_on_the_image_and_name_covered_characters(atlas: GlyphAtlas, seed: int) -> None:
    made = crop(atlas, seed)

    boxes = made.labels.boxes_N4
    assert made.image_HW3.shape == (256, 256, 3)
    assert (boxes[:, 2:] > 0).all()
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= 256).all()
    assert atlas.covers(made.labels.codepoints_N).all()


def test_characters_are_darker_than_their_paper(atlas: GlyphAtlas) -> None:
    darker = []
    for seed in range(12):
        made = crop(atlas, seed)
        grey = made.image_HW3.mean(2)
        for x, y, width, height in made.labels.boxes_N4.astype(int):
            darker.append(grey[y : y + height, x : x + width].min() < np.median(grey))

    assert np.mean(darker) > 0.95


def test_many_crops_render_without_fault(atlas: GlyphAtlas) -> None:
    counts = [len(crop(atlas, seed).labels) for seed in range(100, 250)]

    assert max(counts) > 20
    assert min(counts) == 0  # blank paper is training material


def test_a_page_has_the_size_that_was_asked_for(atlas: GlyphAtlas) -> None:
    page = render_page(atlas, CORPUS, np.random.default_rng(0), 500, 340, 30.0)

    assert page.image_HW3.shape == (500, 340, 3)


def test_an_atlas_survives_saving(atlas: GlyphAtlas) -> None:
    file = io.BytesIO()
    atlas.save(file)

    loaded = GlyphAtlas.load(file.getvalue())

    assert len(loaded) == len(atlas)
    assert np.array_equal(crop(loaded, 3).image_HW3, crop(atlas, 3).image_HW3)


def test_characters_without_a_glyph_are_said_so(atlas: GlyphAtlas) -> None:
    assert atlas.uncovered([ord("の"), 0x1F600]) == [0x1F600]
