"""Models by digest and their champions: what is kept, refused, raced for and survives."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import small_model

from model.artifact import ArtifactError, artifact_digest
from tasks.champion_log import ChampionLog, DamagedLogError, LogEntry, collections_of
from tasks.champions import ChampionChangedError, Champions, NoChampionError
from tasks.models import BUILTIN, REGISTRY, model_digits, open_registry, read_model
from tasks.object_store import DirectoryStore, ObjectStore, open_store
from tasks.registry import AmbiguousModelError, DamagedModelError, Registry, UnknownModelError
from tasks.registry_report import card_rows, champion_rows, history_rows, model_rows

BY = {"who": "curator", "why": "reads better"}


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return open_store(str(tmp_path / "models"), create=True)
    bucket: str = request.getfixturevalue("s3_bucket")
    return open_store(f"s3://{bucket}/models")


@pytest.fixture
def champions(store: ObjectStore) -> Champions:
    return Champions(Registry(store))


@pytest.fixture
def digests(champions: Champions) -> list[str]:
    """Three models in the registry."""
    return [champions.registry.add(small_model(number)) for number in range(3)]


class TestModels:
    def test_a_model_comes_back_by_the_beginning_of_its_digest(self, champions: Champions) -> None:
        digest = champions.registry.add(small_model())

        assert digest == artifact_digest(small_model())
        assert champions.registry.get(digest) == champions.registry.get(digest[:8]) == small_model()

    def test_adding_a_model_again_changes_nothing(self, champions: Champions) -> None:
        for _ in range(2):
            champions.registry.add(small_model())

        assert len(list(champions.registry.models())) == 1

    def test_what_is_no_model_is_refused(self, champions: Champions) -> None:
        with pytest.raises(ArtifactError, match="not a model artifact"):
            champions.registry.add(b"pickle")

        assert list(champions.registry.models()) == []

    def test_an_unknown_digest_is_one_sentence(self, champions: Champions) -> None:
        with pytest.raises(UnknownModelError, match="no model abcd; see `kuzushiji models list`"):
            champions.registry.get("abcd")

    def test_digits_that_begin_several_digests_are_refused(self, champions: Champions) -> None:
        digests = [champions.registry.add(small_model(number)) for number in range(17)]
        shared = next(d[0] for d in digests if sum(other[0] == d[0] for other in digests) > 1)

        with pytest.raises(AmbiguousModelError, match="give more digits"):
            champions.registry.find(shared)

    def test_bytes_that_do_not_match_their_digest_are_refused_until_repaired(
        self, champions: Champions, store: ObjectStore
    ) -> None:
        digest = champions.registry.add(small_model())
        store.put(f"artifacts/{digest}.safetensors", small_model(1))

        with pytest.raises(DamagedModelError, match="their digest is another"):
            champions.registry.get(digest)
        with pytest.raises(DamagedModelError):
            champions.promote(digest, **BY)
        champions.registry.add(small_model())

        assert champions.registry.get(digest) == small_model()

    def test_foreign_files_are_no_models(self, champions: Champions, store: ObjectStore) -> None:
        store.put("artifacts/README.txt", b"hello")

        assert list(champions.registry.models()) == []


class TestChampions:
    def test_a_collection_without_champion_has_the_default_one(
        self, champions: Champions, digests: list[str]
    ) -> None:
        champions.promote(digests[0], **BY)
        champions.promote(digests[1], "源氏物語/絵巻", **BY)

        assert champions.of("ise") == champions.of() == digests[0]
        assert champions.of("源氏物語/絵巻") == digests[1]

    def test_nobody_is_champion_before_a_promotion(self, champions: Champions) -> None:
        with pytest.raises(NoChampionError, match="kuzushiji models promote"):
            champions.of("genji")

    def test_rollbacks_walk_back_through_the_champions(
        self, champions: Champions, digests: list[str]
    ) -> None:
        for digest in digests:
            champions.promote(digest, **BY)

        walked = [champions.rollback(**BY).digest for _ in range(2)]

        assert walked == [digests[1], digests[0]]
        with pytest.raises(NoChampionError, match="before the present one"):
            champions.rollback(**BY)

    def test_a_promotion_after_a_rollback_returns_to_what_was_before_it(
        self, champions: Champions, digests: list[str]
    ) -> None:
        first, second, third = digests
        champions.promote(first, **BY)
        champions.promote(second, **BY)
        champions.rollback(**BY)
        champions.promote(third, **BY)

        assert champions.rollback(**BY).digest == first

    def test_a_rollback_without_any_champion_is_refused(self, champions: Champions) -> None:
        with pytest.raises(NoChampionError):
            champions.rollback(**BY)

    def test_every_change_is_logged_with_who_why_and_metrics(
        self, champions: Champions, store: ObjectStore, digests: list[str]
    ) -> None:
        champions.promote(digests[0], "ise", **BY, metrics={"f1": 0.5})
        champions.promote(digests[1], "ise", **BY)
        champions.rollback("ise", who="reader", why="worse on furigana")

        first, second, third = ChampionLog(store, "ise").entries()

        assert (first.who, first.why, first.metrics) == ("curator", "reads better", {"f1": 0.5})
        assert (first.replaces, second.replaces) == (None, digests[0])
        assert (third.action, third.digest, third.why) == (
            "rollback",
            digests[0],
            "worse on furigana",
        )
        assert first.when <= second.when <= third.when
        assert collections_of(store) == ["ise"]

    def test_a_model_that_is_not_there_is_not_promoted(
        self, champions: Champions, store: ObjectStore
    ) -> None:
        with pytest.raises(UnknownModelError):
            champions.promote("abcdef", **BY)

        assert collections_of(store) == []

    def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(
        self,
        champions: Champions,
        store: ObjectStore,
        digests: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        both_have_looked, last = Barrier(2, timeout=60), ChampionLog.last

        def looked(log: ChampionLog) -> LogEntry | None:
            entry = last(log)
            both_have_looked.wait()
            return entry

        def promote(digest: str) -> str | None:
            try:
                return champions.promote(digest, **BY).digest
            except ChampionChangedError:
                return None

        with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
            patched.setattr(ChampionLog, "last", looked)
            results = list(pool.map(promote, digests[:2]))

        assert results.count(None) == 1
        assert champions.of() in results
        assert len(ChampionLog(store, "default").entries()) == 1

    def test_a_model_that_beat_a_former_champion_is_not_promoted(
        self, champions: Champions, digests: list[str]
    ) -> None:
        champions.promote(digests[0], **BY)
        champions.promote(digests[1], **BY)

        with pytest.raises(ChampionChangedError, match="no longer champion"):
            champions.promote(digests[2], **BY, instead_of=digests[0])

        assert champions.of() == digests[1]

    @pytest.mark.parametrize("store", ["directory"], indirect=True)
    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda _: b"", id="empty"),
            pytest.param(lambda data: data[:-20], id="truncated"),
            pytest.param(lambda _: b"[1]", id="a list"),
            pytest.param(lambda _: b"{}", id="no fields"),
            pytest.param(lambda _: b"\xff", id="no text"),
            pytest.param(lambda data: data.replace(b'"number": 1', b'"number": 2'), id="number"),
            pytest.param(lambda data: data.replace(b"default", b"genji"), id="collection"),
            pytest.param(lambda data: data.replace(b'"digest": "', b'"digest": "/'), id="digest"),
            pytest.param(lambda data: data.replace(b'"when": "2', b'"when": "x'), id="time"),
        ],
    )
    def test_a_damaged_entry_is_refused_with_its_name(
        self,
        champions: Champions,
        store: ObjectStore,
        digests: list[str],
        damage: Callable[[bytes], bytes],
    ) -> None:
        champions.promote(digests[0], **BY)
        key = "champions/default/00000001.json"
        store.put(key, damage(store.get(key)))

        with pytest.raises(DamagedLogError, match=key):
            champions.of()

    def test_tables_tell_models_champions_and_history(
        self,
        champions: Champions,
        store: ObjectStore,
        digests: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv(REGISTRY, store.location)
        champions.promote(digests[0], "ise", **BY, metrics={"reason": "better in F1"})

        models = {row[0]: row[3] for row in model_rows(champions.registry)[1:]}
        [champion] = champion_rows(champions.registry)[1:]

        assert models == {digest[:12]: "ise" * (digest == digests[0]) for digest in digests}
        assert champion[:2] == ("ise", "1")
        assert champion[3:] == (
            digests[0][:12],
            "promote",
            "curator",
            "reads better",
            "better in F1",
        )
        assert history_rows(digests[0])[1:] == [champion]
        assert history_rows(digests[1])[1:] == []
        assert dict(card_rows("champion:ise"))["preset"] == "small"


class TestNames:
    @pytest.fixture(autouse=True)
    def registry(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
        monkeypatch.setenv(REGISTRY, str(tmp_path / "models"))
        return open_registry(create=True)

    def test_a_model_has_many_names(self, registry: Registry, tmp_path: Path) -> None:
        digest = registry.add(small_model())
        Champions(registry).promote(digest, **BY)
        (tmp_path / "model.safetensors").write_bytes(small_model())

        names = (digest, digest[:4], "champion", "champion:genji", f"{tmp_path}/model.safetensors")

        assert [read_model(name) for name in names] == [small_model()] * len(names)
        assert {model_digits(name) for name in names} == {digest, digest[:4]}

    def test_the_built_in_model_needs_no_registry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(REGISTRY)

        assert model_digits(BUILTIN) == artifact_digest(read_model(BUILTIN))

    @pytest.mark.parametrize("name", ["champion", "champion:genji", "abcdef"])
    def test_without_a_registry_a_sentence_says_how_to_name_one(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.delenv(REGISTRY)

        with pytest.raises(FileNotFoundError, match=f"set {REGISTRY} to its folder"):
            read_model(name)


# Ends the process, as kill -9 does, just before or just after the entry gets its name.
KILLED = """
import os, signal, sys
from pathlib import Path
from tasks.champions import Champions
from tasks.object_store import open_store
from tasks.registry import Registry

link, when = Path.hardlink_to, sys.argv[3]

def killed(path, target):
    if when == "after":
        link(path, target)
    os.kill(os.getpid(), signal.SIGKILL)

Path.hardlink_to = killed
Champions(Registry(open_store(sys.argv[1]))).promote(sys.argv[2], who="w", why="y")
"""


@pytest.mark.parametrize(("when", "champion"), [("before", 0), ("after", 1)])
def test_a_killed_promotion_leaves_the_old_or_the_new_champion(
    tmp_path: Path, when: str, champion: int
) -> None:
    champions = Champions(Registry(DirectoryStore(tmp_path)))
    digests = [champions.registry.add(small_model(number)) for number in range(2)]
    champions.promote(digests[0], **BY)

    command = [sys.executable, "-c", KILLED, str(tmp_path), digests[1], when]
    result = subprocess.run(command, check=False, capture_output=True, env=dict(os.environ))

    assert result.returncode == -signal.SIGKILL
    assert champions.of() == digests[champion]
    assert len(ChampionLog(champions.registry.store, "default").entries()) == champion + 1
    assert champions.promote(digests[1], **BY).number == champion + 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    registry = Registry(DirectoryStore(tmp_path_factory.mktemp("models")))
    registry.add(small_model())
    return registry


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_any_collection_s_champion_is_its_own(folder: Registry, collection: str) -> None:
    digest = folder.find("")
    if collection in (".", ".."):
        with pytest.raises(ValueError, match="key must be"):
            Champions(folder).promote(digest, collection, **BY)
        return

    entry = Champions(folder).promote(digest, collection, **BY)

    assert ChampionLog(folder.store, collection).last() == entry
    assert collection in collections_of(folder.store)
