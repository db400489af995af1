"""A model's identity with and without context."""

from pathlib import Path

import pytest

from model.context import Context
from model.context_file import ContextFileError, pack_context
from model.language_model import LanguageModel, count_trigrams
from tasks.models import load_model, with_context


def write_context(path: Path, text: str = "いろは", weight: float = 0.5, margin: float = 20) -> str:
    context = Context(LanguageModel(count_trigrams([text])), weight, margin)
    path.write_bytes(pack_context(context, {}))
    return str(path)


def test_every_context_makes_another_identity(tmp_path: Path) -> None:
    model = load_model()
    files = [
        write_context(tmp_path / "one"),
        write_context(tmp_path / "text", text="いろはに"),
        write_context(tmp_path / "weight", weight=0.4),
        write_context(tmp_path / "margin", margin=10),
    ]

    digests = [with_context(model, name).digest for name in ("none", *files)]

    assert digests[0] == model.digest
    assert len(set(digests)) == 5
    assert all(len(digest) == 64 for digest in digests)


def test_equal_files_make_equal_identities_and_name_what_they_are_made_of(tmp_path: Path) -> None:
    model = load_model()

    one = with_context(model, write_context(tmp_path / "one"))
    other = with_context(model, write_context(tmp_path / "other"))

    assert one.digest == other.digest
    assert one.artifact is model.artifact
    assert one.files["model"] == model.files["model"] == model.digest
    assert one.files["context"] not in {one.digest, model.digest}


def test_the_built_in_context_is_there() -> None:
    context = with_context(load_model(), "builtin").context

    assert context is not None
    assert len(context.language.counts.codepoints_V) > 2000


def test_a_context_that_is_missing_or_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("いろは")

    with pytest.raises(FileNotFoundError, match="there is no file"):
        with_context(load_model(), str(tmp_path / "missing"))
    with pytest.raises(ContextFileError, match="not a context"):
        with_context(load_model(), str(tmp_path / "text.txt"))
