"""An output belongs to one adaptation; what would stop it at its end is told at its start."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_model import small_model as other_model

from model.artifact import ReaderArtifact, pack_artifact
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from tasks.adaptation_pages import AdaptationPages, split_pages
from tasks.adaptation_start import (
    CONFIGURATION,
    AdaptationSettings,
    AdaptationStart,
    OtherAdaptationError,
    begin_adaptation,
)
from tasks.champions import Champions
from tasks.examination import Examination
from tasks.models import REGISTRY, NoRegistryError, load_model, open_registry, read_model
from tasks.object_store import open_store
from tasks.page_alignment import open_transcribed
from tasks.promotion import NotComparedError

SETTINGS = AdaptationSettings(
    model="builtin",
    transcriptions=None,
    untranscribed=True,
    steps=600,
    learning_rate=None,
    synthetic_share=0.5,
)
BUILTIN = load_model().digest
KEYS = "book/0.jpg", "book/1.jpg", "book/2.jpg"


def begin(
    output: Path,
    pages: AdaptationPages,
    settings: AdaptationSettings = SETTINGS,
    collection: str | None = None,
) -> AdaptationStart:
    return begin_adaptation.fn(str(output), pages, settings, collection)


def scans(folder: Path) -> Path:
    """Files that are listed and never decoded."""
    (folder / "book").mkdir(parents=True)
    for key in KEYS:
        (folder / key).write_bytes(key.encode())
    return folder


def pages_of(archive: Path, *hold_out: str) -> AdaptationPages:
    pages = open_transcribed(str(archive), None, untranscribed=True)
    return split_pages(pages, [], hold_out=hold_out, fold=0)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return scans(tmp_path / "scans")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Champions:
    monkeypatch.setenv(REGISTRY, str(tmp_path / "models"))
    return Champions(open_registry(create=True))


def promote(champions: Champions, data: bytes, collection: str = "default") -> str:
    digest = champions.registry.add(data)
    champions.promote(digest, collection, who="a test", why="it needs a champion")
    return digest


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param({"steps": 601}, "steps", id="steps"),
        pytest.param({"learning_rate": 0.1}, "learning rate", id="learning rate"),
        pytest.param({"training": {"text": "other.txt"}}, "training", id="synthesis"),
        pytest.param({"untranscribed": False}, "untranscribed", id="untranscribed"),
    ],
)
def test_an_output_is_gone_on_with_only_as_it_was_begun(
    archive: Path, tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    pages = pages_of(archive, "*0.jpg")
    first = begin(tmp_path / "out", pages)
    elsewhere = replace(SETTINGS, training={"crop_workers": 3, "dask": None})

    assert begin(tmp_path / "out", pages, elsewhere) == first
    with pytest.raises(OtherAdaptationError, match=f"other values of {told}; go on"):
        begin(tmp_path / "out", pages, replace(SETTINGS, **changed))


def test_other_pages_another_hold_out_or_another_model_are_another_adaptation(
    archive: Path, tmp_path: Path
) -> None:
    copy = scans(tmp_path / "copy")
    other = replace(load_model().artifact, card={})
    (tmp_path / "other.safetensors").write_bytes(pack_artifact(other))
    begin(tmp_path / "out", pages_of(archive, "*0.jpg"))

    with pytest.raises(OtherAdaptationError, match="other values of pages;"):
        begin(tmp_path / "out", pages_of(copy, "*0.jpg"))
    with pytest.raises(OtherAdaptationError, match="other values of held-out pages;"):
        begin(tmp_path / "out", pages_of(archive, "*1.jpg"))
    with pytest.raises(OtherAdaptationError, match=f"of model {BUILTIN[:12]} with .* of model;"):
        begin(
            tmp_path / "out",
            pages_of(archive, "*0.jpg"),
            replace(SETTINGS, model=f"{tmp_path}/other.safetensors"),
        )


def test_it_goes_on_with_the_model_that_was_champion_when_it_began(
    archive: Path, tmp_path: Path, registry: Champions
) -> None:
    promote(registry, read_model("builtin"))
    pages, settings = pages_of(archive, "*0.jpg"), replace(SETTINGS, model="champion")
    first = begin(tmp_path / "out", pages, settings)
    promote(registry, other_model())

    again = begin(tmp_path / "out", pages, settings)

    assert again == first
    assert first.model == BUILTIN
    assert json.loads((tmp_path / "out" / CONFIGURATION).read_bytes())["model"] == BUILTIN


def test_a_champion_that_would_not_be_compared_is_told_before_the_work(
    archive: Path, tmp_path: Path, registry: Champions
) -> None:
    pages = pages_of(archive, "*0.jpg")
    champion = promote(registry, other_model(), "ise")

    with pytest.raises(NotComparedError, match="begin with --model champion:ise"):
        begin(tmp_path / "out", pages, collection="ise")

    assert not (tmp_path / "out" / CONFIGURATION).exists()
    examined = json.dumps(Examination(champion, []).to_dict()).encode()
    open_store(str(tmp_path / "out/examinations"), create=True).put(
        f"{champion[:12]}.json", examined
    )
    assert begin(tmp_path / "out", pages, collection="ise").model == "builtin"


def test_a_missing_registry_is_told_before_the_work(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(REGISTRY, raising=False)

    with pytest.raises(NoRegistryError, match=REGISTRY):
        begin(tmp_path / "out", pages_of(archive, "*0.jpg"), collection="ise")


def test_an_architecture_without_a_preset_is_told_before_the_work(
    archive: Path, tmp_path: Path
) -> None:
    characters = load_model().artifact.characters
    configuration = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)
    detector = CharacterDetector(configuration, characters.class_count)
    path = tmp_path / "small.safetensors"
    path.write_bytes(pack_artifact(ReaderArtifact(detector, characters, 0.1, {})))

    with pytest.raises(ValueError, match="none of the presets"):
        begin(tmp_path / "out", pages_of(archive, "*0.jpg"), replace(SETTINGS, model=str(path)))


@pytest.mark.parametrize(("rate", "peak"), [(None, 1e-3), (3e-4, 3e-4)])
def test_the_rounds_learn_at_half_of_the_preset_s_rate_unless_told(
    archive: Path, tmp_path: Path, rate: float | None, peak: float
) -> None:
    settings = replace(SETTINGS, learning_rate=rate)

    start = begin(tmp_path / "out", pages_of(archive, "*0.jpg"), settings)

    assert (start.model, start.preset, start.learning_rate) == ("builtin", "builtin", peak)
