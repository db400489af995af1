"""What becomes of an adaptation's best model: champion past the gate, else kept with a reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from small_model import small_model

from model.artifact import artifact_digest
from model.text_metric import TextCounts
from tasks.adaptation import AdaptationRound, conclude_adaptation
from tasks.champions import Champions
from tasks.examination import Examination, ExaminedPage
from tasks.models import REGISTRY, open_registry

FIRST, OTHER = (artifact_digest(small_model(number)) for number in range(2))


@flow(name="conclude")
def conclude(
    output: Path, rounds: list[AdaptationRound], collection: str | None = None
) -> dict[str, Any]:
    outcome: dict[str, Any] = conclude_adaptation(str(output), rounds, collection)
    return outcome


def adaptation_round(number: int, model: str, digest: str, *edits: int) -> AdaptationRound:
    """So many edits of 100 characters on each page."""
    pages = [ExaminedPage(f"p{n}", TextCounts(count, 100)) for n, count in enumerate(edits)]
    return AdaptationRound(number, model, {}, Examination(digest, pages))


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The model of a round, as a file, and an empty registry that the environment names."""
    monkeypatch.setenv(REGISTRY, str(tmp_path / "models"))
    (tmp_path / "other.safetensors").write_bytes(small_model(1))
    return str(tmp_path / "other.safetensors")


def test_a_better_model_becomes_champion(tmp_path: Path, other: str) -> None:
    rounds = [
        adaptation_round(0, "builtin", FIRST, 50, 60, 70),
        adaptation_round(1, other, OTHER, 40, 50, 60),
        adaptation_round(2, "worse", FIRST, 45, 55, 65),
    ]

    outcome = conclude(tmp_path, rounds, "ise")

    assert Champions(open_registry()).of("ise") == OTHER
    assert (outcome["model"], outcome["promoted"]) == (other, True)
    assert "better in CER" in outcome["reason"]
    assert json.loads((tmp_path / "adaptation.json").read_bytes()) == outcome


def test_a_model_that_may_be_lucky_is_kept_but_not_promoted(tmp_path: Path, other: str) -> None:
    rounds = [
        adaptation_round(0, "builtin", FIRST, 50, 60, 70),
        adaptation_round(1, other, OTHER, 20, 65, 75),
    ]

    outcome = conclude(tmp_path, rounds, "ise")

    assert not outcome["promoted"]
    assert "no figure is better by more than noise" in outcome["reason"]
    assert open_registry().get(OTHER) == small_model(1)


def test_without_a_collection_the_verdict_is_told_and_no_registry_needed(tmp_path: Path) -> None:
    rounds = [
        adaptation_round(0, "builtin", FIRST, 50, 60, 70),
        adaptation_round(1, "better", OTHER, 40, 50, 60),
    ]

    outcome = conclude(tmp_path, rounds)

    assert (outcome["model"], outcome["promoted"]) == ("better", False)
    assert "better in CER" in outcome["reason"]


def test_where_no_round_gains_the_first_model_stays(tmp_path: Path) -> None:
    rounds = [
        adaptation_round(0, "builtin", FIRST, 50, 60),
        adaptation_round(1, "worse", OTHER, 55, 65),
    ]

    outcome = conclude(tmp_path, rounds)

    assert outcome["model"] == "builtin"
    assert "no round" in outcome["reason"]
