"""Confidences that come true: what is fitted, chosen, refused, and what a page reports."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.artifact import ReaderArtifact, pack_artifact, unpack_artifact
from model.calibration import CARD, Calibration
from model.calibration_evidence import (
    JudgedDetections,
    join_judged,
    judge_detections,
)
from model.calibration_fit import error_of, fit_calibration, fit_weights
from model.character_set import CharacterSet
from model.characters import Labels
from model.detections import Detections
from model.engines import TorchEngine
from model.page import Page
from model.reader import PageReader
from tasks.models import load_model
from tasks.page_image import decode_page

DEMO_PAGE = Path(__file__).parents[2] / "demo" / "archive" / "ise" / "ise_00001.jpg"
CHARACTERS = CharacterSet((0x3042, 0x3044, 0x3046))
AS_IT_IS = Calibration(1.0, 1.0, 1.0, 0.0, threshold=0.0)


def simulate(
    count: int, *, temperature: float = 1.0, groups: int = 4, seed: int = 0
) -> JudgedDetections:
    """Detections whose classes are right as often as their probabilities at a temperature say."""
    rng = np.random.default_rng(seed)
    true_NC = rng.dirichlet([0.6] * 3, count)
    class_N = np.array([rng.choice(3, p=row) for row in true_NC])
    log_NC = temperature * np.log(np.maximum(true_NC, 1e-12))
    log_NC -= np.logaddexp.reduce(log_NC, 1, keepdims=True)
    presence_N = rng.uniform(0.1, 1, count).astype(np.float32)
    there_N = rng.random(count) < presence_N
    boxes_N4 = np.stack(
        [np.full(count, 10.0), 30.0 * np.arange(count), *np.full((2, count), 20)], 1
    )
    boxes_N4 = boxes_N4.astype(np.float32)
    pages = []
    for rows_N in np.array_split(np.arange(count), groups):
        truth = rows_N[there_N[rows_N]]
        labels = Labels(boxes_N4[truth], CHARACTERS.codepoints_of(class_N[truth]))
        detections = Detections(boxes_N4[rows_N], presence_N[rows_N], log_NC[rows_N].astype("f4"))
        pages.append(judge_detections(detections, labels, CHARACTERS))
    return join_judged(pages, range(groups))


class TestFitting:
    @pytest.mark.parametrize("temperature", [0.6, 1.0, 1.6])
    def test_the_temperature_of_the_classes_is_found(self, temperature: float) -> None:
        judged = simulate(3000, temperature=temperature)

        assert fit_weights(judged).temperature == pytest.approx(temperature, rel=0.12)

    @pytest.mark.parametrize("temperature", [0.5, 2.0])
    def test_confidences_come_true_on_other_books(self, temperature: float) -> None:
        judged = simulate(3000, temperature=temperature)

        fitted = fit_calibration(judged)

        assert error_of(fitted.confidence_N, judged.right_N) < 0.04
        assert error_of(fitted.confidence_N, judged.right_N) < error_of(
            fitted.uncalibrated_N, judged.right_N
        )

    def test_the_threshold_is_the_best_one(self) -> None:
        judged = simulate(600)

        fitted = fit_calibration(judged)

        truths = int(judged.truths_G.sum())
        f1 = [
            2 * judged.right_N[kept].sum() / (kept.sum() + truths)
            for kept in (fitted.confidence_N >= c for c in np.unique(fitted.confidence_N))
        ]
        assert fitted.f1 == pytest.approx(max(f1))

    def test_the_strict_threshold_keeps_its_precision(self) -> None:
        judged = simulate(3000)

        fitted = fit_calibration(judged)

        strict = fitted.calibration.strict_threshold
        assert strict is not None
        kept_N = fitted.confidence_N >= strict
        assert judged.right_N[kept_N].mean() >= 0.98
        assert strict > fitted.calibration.threshold
        assert fitted.strict_recall == judged.right_N[kept_N].sum() / judged.truths_G.sum()

    def test_a_precision_that_is_never_reached_has_no_threshold(self) -> None:
        judged = simulate(1000)
        most = fit_calibration(judged).confidence_N >= 0.5
        doubtful = replace(judged, right_N=judged.right_N & (np.arange(1000) % 2 == 0) & most)

        sure = np.argsort(-fit_calibration(doubtful).confidence_N)[:1]
        doubtful.right_N[sure] = False
        strict = fit_calibration(doubtful).calibration.strict_threshold

        assert strict is None

    @pytest.mark.parametrize(
        "judged",
        [
            pytest.param(simulate(99), id="few"),
            pytest.param(simulate(500, groups=1), id="one page"),
            pytest.param(replace(simulate(500), right_N=np.zeros(500, bool)), id="all wrong"),
            pytest.param(replace(simulate(500), right_N=np.ones(500, bool)), id="all right"),
        ],
    )
    def test_what_cannot_be_fitted_is_one_sentence(self, judged: JudgedDetections) -> None:
        with pytest.raises(ValueError, match="at least 100 detections, right ones and wrong ones"):
            fit_calibration(judged)

    def test_labels_of_another_page_are_refused(self) -> None:
        judged = simulate(2000)
        surer_N = judged.presence_N * np.exp(judged.best_NT[:, 10])

        with pytest.raises(ValueError, match="must be positive"):
            fit_calibration(replace(judged, right_N=surer_N < 0.3))


class TestCard:
    def test_a_card_without_calibration_has_none(self) -> None:
        assert Calibration.of_card({"preset": "builtin"}) is None

    @settings(max_examples=30)
    @given(
        st.builds(
            Calibration,
            st.floats(0.1, 10),
            st.floats(0.01, 10),
            st.floats(0.01, 10),
            st.floats(-10, 10),
            st.floats(0, 1),
            st.none() | st.floats(0, 1),
        )
    )
    def test_a_calibration_comes_back_from_json(self, calibration: Calibration) -> None:
        card = json.loads(json.dumps({CARD: {**calibration.to_dict(), "ece": 0.02}}))

        assert Calibration.of_card(card) == calibration

    @pytest.mark.parametrize(
        "change",
        [
            {"temperature": 0.0},
            {"class_weight": -1.0},
            {"bias": float("nan")},
            {"presence_weight": "1"},
            {"threshold": 1.5},
            {"strict_threshold": -0.1},
        ],
        ids=str,
    )
    def test_values_out_of_range_are_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"calibration consists|must be positive|must lie in"):
            Calibration.of_card({CARD: {**AS_IT_IS.to_dict(), **change}})

    @pytest.mark.parametrize("damaged", [{}, {"temperature": 1.0}, [], 3], ids=str)
    def test_a_damaged_card_is_one_sentence(self, damaged: object) -> None:
        with pytest.raises(ValueError, match="calibrate the model again"):
            Calibration.of_card({CARD: damaged})

    def test_confidence_rises_with_presence_and_class_probability(self) -> None:
        steps_N = np.linspace(0, 1, 50, dtype=np.float32)

        by_presence = AS_IT_IS.confidence(steps_N, np.full(50, 0.5, np.float32))
        by_class = AS_IT_IS.confidence(np.full(50, 0.5, np.float32), steps_N)

        for confidence_N in (by_presence, by_class):
            assert (np.diff(confidence_N) >= 0).all()
            assert confidence_N.min() >= 0
            assert confidence_N.max() <= 1

    def test_a_temperature_of_one_changes_no_class_probability(self) -> None:
        probabilities_NC = torch.tensor([[0.7, 0.3, 0.0]])

        assert torch.allclose(AS_IT_IS.class_probabilities(probabilities_NC), probabilities_NC)


def reader_of(artifact: ReaderArtifact) -> PageReader:
    return PageReader(artifact, TorchEngine(artifact.detector, torch.device("cpu"), torch.float32))


@pytest.fixture(scope="module")
def artifact() -> ReaderArtifact:
    return load_model().artifact


@pytest.fixture(scope="module")
def page() -> Page:
    image = decode_page(DEMO_PAGE.read_bytes(), max_long_side=480).image_HW3
    return Page(image, image.shape[1], image.shape[0])


def test_a_reader_reports_what_is_present_with_its_calibrated_confidence(
    artifact: ReaderArtifact, page: Page
) -> None:
    calibration = Calibration(1.3, 0.8, 1.2, 0.5, threshold=0.6)
    card = {**artifact.card, CARD: calibration.to_dict()}
    packed = unpack_artifact(pack_artifact(replace(artifact, card=card)))
    reader = reader_of(packed)

    [reading] = reader.read([page])
    found = reader.detect_as_read(page)

    log_NC = found.log_probabilities_NC / 1.3
    best_N = np.exp(log_NC.max(1) - np.logaddexp.reduce(log_NC, axis=1))
    confidence_N = calibration.confidence(found.presence_N, best_N)
    present_N = found.presence_N > reader.threshold
    expected_N = np.sort(confidence_N[present_N])
    assert 0 < len(reading) < len(found)
    assert np.allclose(np.sort(reading.scores_N), expected_N, atol=1e-4)
    assert np.allclose(
        np.sort(reading.probabilities_NK[:, 0]), np.sort(best_N[present_N]), atol=1e-4
    )


def test_calibration_changes_neither_scale_nor_detections(
    artifact: ReaderArtifact, page: Page
) -> None:
    calibration = Calibration(2.0, 0.5, 0.5, 3.0, threshold=0.9)
    card = {**artifact.card, CARD: calibration.to_dict()}
    plain = reader_of(artifact)
    calibrated = reader_of(replace(artifact, card=card))

    before, after = plain.detect_as_read(page), calibrated.detect_as_read(page)

    assert np.array_equal(before.boxes_N4, after.boxes_N4)
    assert np.array_equal(before.presence_N, after.presence_N)
