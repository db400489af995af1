"""Pages whose characters are known, read and transcribed with errors of known kind."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.alignment import (
    Alignment,
    Verdict,
    align,
    align_page,
    alignment_to_labels,
    text_to_codepoints,
)
from model.alignment.simulation import Quality, corrupt_text, simulate_detections
from model.character_set import CharacterSet
from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, IntArray, Labels
from model.detections import Detections
from model.engines import TorchEngine
from model.layout import IndexArray
from model.page import CANDIDATE_SIDES, Page
from model.reader import PageReader
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.render import render_page
from tasks.challenge import read_labels
from tasks.fonts import load_fonts
from tasks.models import load_model
from tasks.page_image import decode_page

DEMO = Path(__file__).parents[2] / "demo"
FONTS = Path(__file__).parents[1] / "data" / "fonts"
CORPUS = Corpus(DEFAULT_TEXT)
CHARACTERS = CharacterSet.of(map(int, CORPUS.codepoints_C))
TEXT = [ord(c) for c in "".join(DEFAULT_TEXT) if ord(c) in CHARACTERS]
SIZE, PITCH, COLUMN = 40.0, 80.0, 20  # pixels, pixels, characters
WIDTH, HEIGHT = 1000, 1100
PERFECT = Quality(found=1.0, accuracy=1.0, in_five=1.0, spurious=0.0, jitter=0.0)


@dataclass(frozen=True)
class Counts:
    """What became of the characters of the text whose box was detected."""

    assigned: int = 0
    right: int = 0
    findable: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.assigned + other.assigned,
            self.right + other.right,
            self.findable + other.findable,
        )

    @property
    def precision(self) -> float:
        return self.right / max(1, self.assigned)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.findable)


def written_page(seed: int, characters: int = 200) -> Labels:
    """Running text in columns of twenty."""
    start = int(np.random.default_rng([seed, 9]).integers(len(TEXT) - characters))
    column_N, row_N = np.divmod(np.arange(characters), COLUMN)
    boxes_N4 = np.full((characters, 4), SIZE, np.float32)
    boxes_N4[:, 0] = 900 - PITCH * column_N
    boxes_N4[:, 1] = 100 + 1.1 * SIZE * row_N
    return Labels(boxes_N4, np.array(TEXT[start : start + characters], np.int32))


def count(alignment: Alignment, truth_M: IndexArray, source_T: IndexArray) -> Counts:
    box_T = alignment.box_T
    right_T = (box_T >= 0) & (source_T >= 0) & (truth_M[box_T] == source_T)
    findable_T = np.isin(source_T, truth_M[truth_M >= 0])
    return Counts(int((box_T >= 0).sum()), int(right_T.sum()), int(findable_T.sum()))


def measured(quality: Quality, text_errors: float, seed: int, pages: int = 3) -> Counts:
    counts = Counts()
    for number in range(pages):
        rng = np.random.default_rng([seed, number])
        truth = written_page(seed + number)
        detections, truth_M = simulate_detections(truth, CHARACTERS, quality, rng)
        codepoints_T, source_T = corrupt_text(truth.codepoints_N, text_errors, rng)
        counts += count(align(detections, codepoints_T, CHARACTERS), truth_M, source_T)
    return counts


@pytest.mark.parametrize(
    ("quality", "text_errors", "precision", "recall"),
    [
        (PERFECT, 0.0, 0.99, 0.99),
        (Quality(accuracy=0.9), 0.0, 0.97, 0.92),
        (Quality(accuracy=0.9), 0.1, 0.95, 0.85),
        (Quality(accuracy=0.6), 0.0, 0.96, 0.8),
        (Quality(accuracy=0.6), 0.1, 0.94, 0.7),
        (Quality(accuracy=0.35), 0.0, 0.94, 0.62),
        (Quality(accuracy=0.35), 0.1, 0.89, 0.5),
        (Quality(found=0.8, accuracy=0.6), 0.05, 0.93, 0.68),
        (Quality(accuracy=0.6, spurious=0.5), 0.05, 0.94, 0.65),
        (Quality(accuracy=0.6, in_five=0.0), 0.05, 0.93, 0.6),
    ],
    ids=str,
)
@settings(max_examples=8, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_boxes_are_assigned_with_stated_precision_and_recall(
    quality: Quality, text_errors: float, precision: float, recall: float, seed: int
) -> None:
    counts = measured(quality, text_errors, seed)

    assert counts.precision > precision
    assert counts.recall > recall


@settings(max_examples=10, derandomize=True)
@given(seed=st.integers(0, 10_000))
def test_rendered_pages_are_aligned_by_their_own_geometry(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = render_page(ATLAS, CORPUS, rng, 1100, 800, 36.0).labels
    detections, truth_M = simulate_detections(truth, CHARACTERS, Quality(accuracy=0.7), rng)
    codepoints_T, source_T = corrupt_text(truth.codepoints_N, 0.03, rng)

    counts = count(align(detections, codepoints_T, CHARACTERS), truth_M, source_T)

    assert counts.right >= 0.85 * counts.assigned - 2
    assert counts.right >= 0.5 * counts.findable - 2


ATLAS = build_atlas(load_fonts([FONTS]), CHARACTERS.codepoints)


def perfect(truth: Labels) -> tuple[Detections, IndexArray]:
    return simulate_detections(truth, CHARACTERS, PERFECT, np.random.default_rng(0))


def test_a_column_that_was_missed_leaves_the_others_where_they_are() -> None:
    truth = written_page(1)
    seen_N = np.arange(len(truth)) // COLUMN != 4
    detections, truth_M = perfect(Labels(truth.boxes_N4[seen_N], truth.codepoints_N[seen_N]))

    alignment = align(detections, truth.codepoints_N, CHARACTERS)

    counts = count(alignment, np.flatnonzero(seen_N)[truth_M], np.arange(len(truth)))
    assert (counts.precision, counts.recall) == (1, 1)


def test_columns_in_another_order_than_the_text_are_found() -> None:
    truth = written_page(2)
    order = [0, 1, 2, 6, 3, 4, 5, 7, 8, 9]
    moved = np.concatenate([np.arange(COLUMN) + COLUMN * column for column in order])
    detections, truth_M = perfect(Labels(truth.boxes_N4, truth.codepoints_N[moved]))

    alignment = align(detections, truth.codepoints_N, CHARACTERS)

    counts = count(alignment, moved[truth_M], np.arange(len(truth)))
    assert counts.precision > 0.99
    assert counts.recall > 0.97


def test_a_heading_that_nobody_transcribed_is_neither_named_nor_unlearnt() -> None:
    truth = written_page(3)
    detections, truth_M = perfect(truth)
    sure = replace(detections, presence_N=np.full(len(truth), 0.9, np.float32))

    alignment = align(sure, truth.codepoints_N[COLUMN:], CHARACTERS)

    heading_M = truth_M < COLUMN
    assert set(alignment.verdict_N[heading_M].tolist()) <= {Verdict.unsure, Verdict.unnamed}
    assert (alignment.verdict_N[~heading_M] == Verdict.accepted).mean() > 0.9


def test_furigana_and_specks_are_rejected() -> None:
    truth = written_page(4)
    rng = np.random.default_rng(4)
    quality = replace(PERFECT, spurious=0.3)
    detections, truth_M = simulate_detections(truth, CHARACTERS, quality, rng)

    alignment = align(detections, truth.codepoints_N, CHARACTERS)

    rejected_M = alignment.verdict_N == Verdict.rejected
    assert rejected_M[truth_M < 0].mean() > 0.8
    assert rejected_M[truth_M >= 0].mean() < 0.02


def test_a_wrong_name_is_replaced_and_a_right_one_accepted() -> None:
    truth = written_page(5)
    detections, truth_M = perfect(truth)
    wrong_M = truth_M % 7 == 3
    other_M = np.where(detections.log_probabilities_NC.argmax(1) == 0, 1, 0)
    logarithms_MC = detections.log_probabilities_NC.copy()
    logarithms_MC[wrong_M] = -20
    logarithms_MC[wrong_M, other_M[wrong_M]] = 0

    alignment = align(
        replace(detections, log_probabilities_NC=logarithms_MC), truth.codepoints_N, CHARACTERS
    )

    assert set(alignment.verdict_N[~wrong_M].tolist()) == {Verdict.accepted}
    assert (alignment.verdict_N[wrong_M] == Verdict.relabelled).mean() > 0.9
    named_M = alignment.verdict_N <= Verdict.relabelled
    assert (alignment.codepoint_N[named_M] == truth.codepoints_N[truth_M][named_M]).all()


@pytest.mark.parametrize(("boxes", "characters"), [(0, 0), (0, 30), (30, 0), (1, 1), (5, 3000)])
def test_hardly_any_page_or_text_is_aligned(boxes: int, characters: int) -> None:
    truth = written_page(6)
    detections, _ = perfect(Labels(truth.boxes_N4[:boxes], truth.codepoints_N[:boxes]))
    codepoints_T = np.resize(truth.codepoints_N, characters).astype(np.int32)

    alignment = align(detections, codepoints_T, CHARACTERS)
    labels = alignment_to_labels(detections, alignment, WIDTH, HEIGHT)

    assert alignment.box_T.shape == alignment.confidence_T.shape == (characters,)
    assert alignment.verdict_N.shape == alignment.codepoint_N.shape == (boxes,)
    assert len(labels.boxes_N4) == len(labels.codepoints_N)


def test_one_character_finds_its_box() -> None:
    truth = written_page(6, 1)
    detections, _ = perfect(truth)

    assert align(detections, truth.codepoints_N, CHARACTERS).box_T.tolist() == [0]


def test_a_text_longer_than_its_page_is_found_in_the_middle() -> None:
    truth = written_page(7)
    detections, truth_M = perfect(truth)
    around = np.array(TEXT[:1500], np.int32)
    codepoints_T = np.concatenate([around, truth.codepoints_N, around])
    source_T = np.concatenate([np.full(1500, -1), np.arange(len(truth)), np.full(1500, -1)])

    counts = count(align(detections, codepoints_T, CHARACTERS), truth_M, source_T)

    assert counts.precision > 0.98
    assert counts.recall > 0.98


def test_a_character_that_the_reader_does_not_know_gets_the_box_between_its_neighbours() -> None:
    truth = written_page(8)
    codepoints_N = truth.codepoints_N.copy()
    codepoints_N[50], codepoints_N[90] = 0x2A700, UNKNOWN_CODEPOINT
    detections, truth_M = perfect(truth)

    alignment = align(detections, codepoints_N, CHARACTERS)

    [rare], [illegible] = np.flatnonzero(truth_M == 50), np.flatnonzero(truth_M == 90)
    assert alignment.codepoint_N[rare] == 0x2A700
    assert alignment.verdict_N[illegible] == Verdict.unnamed
    assert alignment.box_T[[50, 90]].tolist() == [rare, illegible]


def test_labels_hold_what_is_known_and_ignore_what_is_not() -> None:
    truth = written_page(9)
    missed = 47
    seen_N = np.arange(len(truth)) != missed
    detections, _ = perfect(Labels(truth.boxes_N4[seen_N], truth.codepoints_N[seen_N]))
    alignment = align(detections, truth.codepoints_N, CHARACTERS)

    labels = alignment_to_labels(detections, alignment, WIDTH, HEIGHT)

    named_L = labels.codepoints_N > UNKNOWN_CODEPOINT
    assert sorted(labels.codepoints_N[named_L]) == sorted(truth.codepoints_N[seen_N])
    regions_R4 = labels.boxes_N4[labels.codepoints_N == IGNORED_CODEPOINT]
    center_2 = truth.boxes_N4[missed, :2] + SIZE / 2
    inside_R2 = (regions_R4[:, :2] < center_2) & (center_2 < regions_R4[:, :2] + regions_R4[:, 2:])
    assert inside_R2.all(1).any()


def test_a_page_that_hardly_aligns_teaches_no_background() -> None:
    truth = written_page(10)
    detections, _ = perfect(truth)
    elsewhere = np.array(TEXT[:150][::-1], np.int32)

    alignment = align(detections, elsewhere, CHARACTERS)
    labels = alignment_to_labels(detections, alignment, WIDTH, HEIGHT)

    assert labels.boxes_N4[-1].tolist() == [0, 0, WIDTH, HEIGHT]
    assert labels.codepoints_N[-1] == IGNORED_CODEPOINT


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(0, 60), st.integers(0, 60))
def test_whatever_is_aligned_is_consistent(seed: int, boxes: int, characters: int) -> None:
    rng = np.random.default_rng(seed)
    detections = Detections(
        rng.uniform(1, 900, (boxes, 4)).astype(np.float32),
        rng.random(boxes).astype(np.float32),
        np.log(rng.dirichlet(np.ones(9), boxes)).astype(np.float32).reshape(boxes, 9),
    )
    text_T: IntArray = rng.integers(0x3040, 0x3050, characters).astype(np.int32)
    few = CharacterSet.of(range(0x3042, 0x304B))

    alignment = align(detections, text_T, few)
    labels = alignment_to_labels(detections, alignment, WIDTH, HEIGHT)

    given_T = alignment.box_T[alignment.box_T >= 0]
    assert len(set(given_T.tolist())) == len(given_T)
    for posterior in (alignment.confidence_T, alignment.confidence_N, alignment.paired_N):
        assert ((posterior >= 0) & (posterior <= 1 + 1e-5)).all()
    assert (labels.codepoints_N != UNKNOWN_CODEPOINT).sum() <= len(labels)
    regions_R4 = labels.boxes_N4[labels.codepoints_N == IGNORED_CODEPOINT]
    assert (regions_R4[:, 2:] > 0).all()


@pytest.mark.parametrize(
    ("text", "codepoints"),
    [
        ("", []),
        (" い\n ろ\u3000は\r\n", [ord(c) for c in "いろは"]),
        ("か\u3099", [ord("が")]),
        ("舊□〓", [ord("舊"), UNKNOWN_CODEPOINT, UNKNOWN_CODEPOINT]),
        ("\ufa19\U0001b002", [0xFA19, 0x1B002]),
    ],
)
def test_a_text_becomes_its_characters(text: str, codepoints: list[int]) -> None:
    assert text_to_codepoints(text).tolist() == codepoints


def test_a_page_image_and_its_text_become_labels() -> None:
    truth = read_labels((DEMO / "labels.csv").read_bytes())["ise_00001"]
    image = decode_page((DEMO / "archive" / "ise" / "ise_00001.jpg").read_bytes()).image_HW3
    artifact = load_model().artifact
    reader = PageReader(
        artifact, TorchEngine(artifact.detector, torch.device("cpu"), torch.float32)
    )
    text = "".join(map(chr, truth.codepoints_N.tolist()))

    aligned = align_page(reader, Page(image, image.shape[1], image.shape[0]), text)

    labels = aligned.labels
    named = labels.codepoints_N > UNKNOWN_CODEPOINT
    centers_N2 = (labels.boxes_N4[:, :2] + labels.boxes_N4[:, 2:] / 2)[named]
    inside_NM = (
        (centers_N2[:, None] > truth.boxes_N4[:, :2])
        & (centers_N2[:, None] < truth.boxes_N4[:, :2] + truth.boxes_N4[:, 2:])
    ).all(2)
    right_N = (inside_NM & (labels.codepoints_N[named][:, None] == truth.codepoints_N)).any(1)
    assert right_N.mean() > 0.95
    assert right_N.sum() > 0.8 * len(truth)
    assert aligned.long_side in CANDIDATE_SIDES
