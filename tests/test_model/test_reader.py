"""Full pages: odd sizes, nothing to read, order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.artifact import ReaderArtifact
from model.character_set import CharacterSet
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector, Maps
from model.engines import TorchEngine
from model.page import Page, sides_to_try
from model.page_batches import group_by_shape, padded_shape
from model.page_finder import Found
from model.page_scale import PROBE_SIDE
from model.reader import PageReader
from model.reading_order import reading_order
from tasks.models import load_model
from tasks.page_image import decode_page

DEMO_PAGE = Path(__file__).parents[2] / "demo" / "archive" / "ise" / "ise_00001.jpg"


def reader_of(artifact: ReaderArtifact) -> PageReader:
    return PageReader(artifact, TorchEngine(artifact.detector, torch.device("cpu"), torch.float32))


@pytest.fixture(scope="module")
def reader() -> PageReader:
    characters = CharacterSet.of(range(0x3042, 0x304A))
    torch.manual_seed(0)
    detector = CharacterDetector(
        DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16),
        characters.class_count,
    )
    artifact = ReaderArtifact(detector, characters, 0.0, {})
    return reader_of(artifact)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 900), (31, 33), (700, 500)], ids=lambda shape: f"{shape[0]}x{shape[1]}"
)
def test_a_page_of_any_size_is_read(reader: PageReader, shape: tuple[int, int]) -> None:
    image = np.zeros((*shape, 3), np.uint8)

    [reading] = reader.read([Page(image, shape[1], shape[0])])

    assert reading.boxes_N4.shape == (len(reading), 4)
    assert reading.codepoints_NK.shape == (len(reading), 5)


def test_pages_read_together_are_read_as_alone(reader: PageReader) -> None:
    rng = np.random.default_rng(0)
    pages = [
        Page(rng.integers(0, 255, (h, w, 3), np.uint8), 2 * w, 2 * h)
        for h, w in ((64, 96), (64, 96), (128, 64))
    ]

    together = reader.read_at(pages, 480)
    alone = [reader.read_at([page], 480)[0] for page in pages]

    for one, other in zip(together, alone, strict=True):
        assert np.array_equal(one.codepoints_NK[:, 0], other.codepoints_NK[:, 0])
        assert np.allclose(one.boxes_N4, other.boxes_N4, atol=0.05)


def test_what_is_read_is_among_what_is_detected() -> None:
    image = decode_page(DEMO_PAGE.read_bytes(), max_long_side=480).image_HW3
    page = Page(image, 2 * image.shape[1], 2 * image.shape[0])
    uncalibrated = replace(load_model().artifact, card={})
    reader = reader_of(uncalibrated)

    [reading] = reader.read_at([page], 480)
    detections = reader.detect(page, 480)

    assert len(detections) > len(reading) > 0
    detected = {tuple(box) for box in detections.boxes_N4.tolist()}
    assert {tuple(box) for box in reading.boxes_N4.tolist()} <= detected
    assert np.allclose(np.exp(detections.log_probabilities_NC).sum(1), 1, atol=1e-4)
    reported_N = detections.presence_N > reader.threshold
    scores_N = np.exp(detections.log_probabilities_NC.max(1)) * detections.presence_N
    assert np.allclose(np.sort(scores_N[reported_N]), np.sort(reading.scores_N), atol=1e-5)


def test_what_is_certainly_rejected_spoils_no_other_character() -> None:
    """In float32 the probability of the reject class rounds to 1, and 0 is left for the others."""
    artifact = load_model().artifact
    bias = artifact.detector.class_head.classes.get_parameter("bias")
    with torch.no_grad():
        bias[artifact.characters.reject_class] += 60
    image = decode_page(DEMO_PAGE.read_bytes(), max_long_side=480).image_HW3
    page = Page(image, image.shape[1], image.shape[0])

    detections = reader_of(artifact).detect_as_read(page)

    assert (detections.presence_N == 0).any()
    assert np.isfinite(detections.log_probabilities_NC).all()
    assert np.allclose(np.exp(detections.log_probabilities_NC).sum(1), 1, atol=1e-4)


def test_a_page_smaller_than_a_scale_is_tried_at_its_own_size_once() -> None:
    sides = [sides_to_try(Page(np.zeros((h, 10, 3), np.uint8), 10, h)) for h in (9, 480, 481, 1360)]

    assert sides == [(480,), (480,), (480, 680), (480, 680, 960, 1360)]


def test_a_page_with_few_characters_is_tried_at_several_scales(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = reader_of(load_model().artifact)
    page = Page(np.full((1400, 900, 3), 200, np.uint8), 900, 1400)
    nothing = Found(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 1))
    hardly = Found(torch.tensor([[9.0, 9, 9, 9]]), torch.tensor([0.2]), torch.ones(1, 1))
    tried: list[int] = []

    def find_at(pages: list[Page], side: int) -> list[Found]:
        tried.extend([side] * len(pages))
        return [hardly if side == PROBE_SIDE else nothing for _ in pages]

    monkeypatch.setattr(reader.finder, "find_at", find_at)

    [reading] = reader.read([page])

    assert len(reading) == 0
    assert tried == [570, 480, 680, 960, 1360, 480]  # and once more at the most confident


def test_a_blank_page_is_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = reader_of(load_model().artifact)
    written = decode_page(DEMO_PAGE.read_bytes(), max_long_side=700).to_page()
    blank = Page(np.full((1400, 900, 3), 200, np.uint8), 900, 1400)
    computed: list[tuple[int, ...]] = []

    compute = reader.engine.maps

    def maps(images: torch.Tensor) -> Maps:
        computed.append(tuple(images.shape))
        return compute(images)

    monkeypatch.setattr(reader.engine, "maps", maps)

    [nothing] = reader.read([blank])
    alone = list(computed)
    [_, between, _] = reader.read([blank, written, blank])

    assert len(nothing) == 0
    assert alone == [(1, 1, 576, 384), (1, 1, 960, 640)]
    [reading] = reader.read([written])
    assert np.array_equal(between.codepoints_NK[:, 0], reading.codepoints_NK[:, 0])


def test_what_the_probe_misses_does_not_make_a_page_blank(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = reader_of(load_model().artifact)
    page = decode_page(DEMO_PAGE.read_bytes(), max_long_side=1360).to_page()
    find_at = reader.finder.find_at
    nothing = Found(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 1))

    def blind_when_small(pages: list[Page], side: int) -> list[Found]:
        return [nothing for _ in pages] if side == PROBE_SIDE else find_at(pages, side)

    monkeypatch.setattr(reader.finder, "find_at", blind_when_small)

    [reading] = reader.read([page])

    assert len(reading) > 50


def test_characters_are_named_at_several_scales() -> None:
    image = decode_page(DEMO_PAGE.read_bytes(), max_long_side=820).image_HW3
    page = Page(image, image.shape[1], image.shape[0])
    reader = reader_of(load_model().artifact)
    side = reader.finder.choose_side(page, reader.finder.find_at([page], 570)[0])

    one, several = reader.detect(page, side), reader.detect_as_read(page)

    assert several.boxes_N4.tolist() == one.boxes_N4.tolist()
    assert several.presence_N.tolist() == one.presence_N.tolist()
    assert np.allclose(np.exp(several.log_probabilities_NC).sum(1), 1, atol=1e-4)
    assert not np.allclose(several.log_probabilities_NC, one.log_probabilities_NC)


def test_no_pages_give_no_readings(reader: PageReader) -> None:
    assert reader.read([]) == []


@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 3000)), max_size=30))
def test_every_image_is_in_one_batch_of_its_shape(shapes: list[tuple[int, int]]) -> None:
    groups = group_by_shape(shapes)

    assert sorted(i for group in groups for i in group) == list(range(len(shapes)))
    assert all(len({padded_shape([shapes[i]]) for i in group}) == 1 for group in groups)


def test_columns_are_read_from_the_right_and_downwards() -> None:
    grid = [(column, row) for column in (3, 2, 1) for row in range(4)]
    boxes = np.array([(50 * column, 30 * row, 25, 28) for column, row in grid], np.float32)
    shuffled = np.random.default_rng(0).permutation(len(boxes))

    order = reading_order(boxes[shuffled])

    assert shuffled[order].tolist() == list(range(len(boxes)))


@pytest.mark.parametrize("count", [0, 1])
def test_the_order_of_hardly_anything_is_itself(count: int) -> None:
    order = reading_order(np.ones((count, 4), np.float32))

    assert order.tolist() == list(range(count))


@given(st.integers(0, 2**31), st.integers(0, 60))
def test_order_is_a_permutation(seed: int, count: int) -> None:
    boxes = np.random.default_rng(seed).uniform(0, 200, (count, 4)).astype(np.float32)

    order = reading_order(boxes)

    assert sorted(order.tolist()) == list(range(count))
