"""Models by digest: what is kept, refused, and by which names it is found."""

from pathlib import Path

import pytest
from small_model import small_model

from model.artifact import ArtifactError, artifact_digest
from tasks.champions import Champions
from tasks.models import BUILTIN, REGISTRY, model_digits, open_registry, read_model
from tasks.object_store import ObjectStore
from tasks.registry import AmbiguousModelError, DamagedModelError, Registry, UnknownModelError

BY = {"who": "curator", "why": "reads better"}


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
