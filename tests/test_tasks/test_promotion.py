"""A model becomes champion only past the gate, or where somebody says so."""

import json
from pathlib import Path

import pytest
from small_model import small_model

from model.artifact import artifact_digest
from model.metric import Counts
from tasks.champion_log import ChampionLog
from tasks.champions import ChampionChangedError, Champions
from tasks.examination import Examination, ExaminedPage
from tasks.models import REGISTRY, open_registry
from tasks.object_store import open_store
from tasks.promotion import (
    NotComparedError,
    Promotion,
    examinations_against_champion,
    promote_if_better,
    promote_without_gate,
)

PARENT, CANDIDATE = (artifact_digest(small_model(number)) for number in range(2))
BY = {"who": "curator", "why": "adapted"}


@pytest.fixture(autouse=True)
def champions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Champions:
    """An empty registry that the environment names, and the candidate as a file."""
    monkeypatch.setenv(REGISTRY, str(tmp_path / "models"))
    (tmp_path / "candidate.safetensors").write_bytes(small_model(1))
    return Champions(open_registry(create=True))


def examined(digest: str, *found: int) -> Examination:
    """So many of 100 characters found on each page."""
    pages = [ExaminedPage(f"p{n}", matches=Counts(tp, 0, 100 - tp)) for n, tp in enumerate(found)]
    return Examination(digest, pages)


BETTER = (examined(PARENT, 50, 60), examined(CANDIDATE, 60, 70))
NO_BETTER = (examined(PARENT, 50, 60), examined(CANDIDATE, 45, 65))


def promote(tmp_path: Path, both: tuple[Examination, Examination]) -> Promotion:
    return promote_if_better(f"{tmp_path}/candidate.safetensors", both, "ise", **BY)


def test_a_better_model_is_kept_promoted_and_logged_with_its_figures(
    tmp_path: Path, champions: Champions
) -> None:
    champions.promote(champions.registry.add(small_model(0)), "ise", **BY)

    promotion = promote(tmp_path, BETTER)

    assert champions.of("ise") == CANDIDATE
    assert champions.registry.get(CANDIDATE) == small_model(1)
    logged = ChampionLog(champions.registry.store, "ise").last()
    assert logged == promotion.entry
    assert logged is not None
    assert logged.metrics["parent"] == PARENT
    assert logged.metrics["reason"] == promotion.reason
    assert json.loads(json.dumps(logged.metrics)) == logged.metrics


def test_a_model_that_is_no_better_is_kept_and_told_why(
    tmp_path: Path, champions: Champions
) -> None:
    champions.promote(champions.registry.add(small_model(0)), **BY)

    promotion = promote(tmp_path, NO_BETTER)

    assert promotion.entry is None
    assert "no figure is better by more than noise" in promotion.reason
    assert champions.of("ise") == PARENT
    assert champions.registry.find(CANDIDATE) == CANDIDATE


def test_where_nobody_is_champion_the_parent_may_be_any_model(
    tmp_path: Path, champions: Champions
) -> None:
    promote(tmp_path, BETTER)

    assert champions.of("ise") == CANDIDATE


def test_a_model_that_beat_another_than_the_champion_is_not_promoted(
    tmp_path: Path, champions: Champions
) -> None:
    champions.promote(champions.registry.add(small_model(2)), "ise", **BY)

    with pytest.raises(ChampionChangedError):
        promote(tmp_path, BETTER)


def test_an_examination_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"is of {PARENT[:12]}, not of {CANDIDATE[:12]}"):
        promote(tmp_path, (BETTER[1], BETTER[0]))


def test_without_a_comparison_only_the_first_champion_is_promoted(
    tmp_path: Path, champions: Champions
) -> None:
    candidate = f"{tmp_path}/candidate.safetensors"
    promote_without_gate(champions.registry.add(small_model(0)), **BY)

    with pytest.raises(NotComparedError, match="show with --examinations"):
        promote_without_gate(candidate, **BY)
    assert champions.of() == PARENT

    promote_without_gate(candidate, **BY, anyway=True)
    assert champions.of() == CANDIDATE


def test_examinations_that_an_adaptation_left_are_found(
    tmp_path: Path, champions: Champions
) -> None:
    champions.promote(champions.registry.add(small_model(0)), "ise", **BY)
    store = open_store(str(tmp_path / "examinations"), create=True)
    for examination in BETTER:
        text = json.dumps(examination.to_dict())
        store.put(f"{examination.model[:12]}.json", text.encode())

    both = examinations_against_champion(store, f"{tmp_path}/candidate.safetensors", "ise")

    assert both == BETTER


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(None, "has no examination of"), (b"{", "is no examination"), (b"{}", "is no examination")],
)
def test_a_missing_or_damaged_examination_is_one_sentence(
    tmp_path: Path, champions: Champions, data: bytes | None, sentence: str
) -> None:
    champions.promote(champions.registry.add(small_model(0)), **BY)
    store = open_store(str(tmp_path / "examinations"), create=True)
    if data is not None:
        store.put(f"{PARENT[:12]}.json", data)

    with pytest.raises(NotComparedError, match=sentence):
        examinations_against_champion(store, f"{tmp_path}/candidate.safetensors", "default")
