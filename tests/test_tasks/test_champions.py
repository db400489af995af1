"""Champions of a registry: promoted, rolled back, raced for, and what survives a kill."""

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

from tasks.champion_log import ChampionLog, DamagedLogError, LogEntry, collections_of
from tasks.champions import ChampionChangedError, Champions, NoChampionError
from tasks.models import REGISTRY
from tasks.object_store import DirectoryStore, ObjectStore
from tasks.registry import Registry, UnknownModelError
from tasks.registry_report import card_rows, champion_rows, history_rows, model_rows

BY = {"who": "curator", "why": "reads better"}


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
