"""``kuzushiji labels check``: tables, an exit status, and no surprise from odd names."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli import app
from tasks.label_sources import KINDS
from tasks.object_store import ObjectStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path))


def put_page(store: ObjectStore, key: str, box: list[int]) -> None:
    image = cv2.imencode(".jpg", np.full((80, 60, 3), 200, np.uint8))[1]
    store.put(key, bytes(image))
    line = {"page": key, "characters": [{"codepoint": "U+306E", "box": box}]}
    store.put("corrections.jsonl", json.dumps(line).encode())


def test_good_labels_are_counted_and_end_with_status_0(store: ObjectStore) -> None:
    put_page(store, "genji/1.jpg", [1, 2, 3, 4])

    result = CliRunner().invoke(app, ["labels", "check", "corrected", store.location])

    assert result.exit_code == 0
    assert "genji" in result.stdout
    assert "1 different characters, 0 errors" in result.stdout
    assert "Findings" not in result.stdout


def test_a_finding_is_named_and_ends_with_status_1(store: ObjectStore) -> None:
    put_page(store, "genji/1.jpg", [1, 2, 300, 4])

    result = CliRunner().invoke(app, ["labels", "check", "corrected", store.location])

    assert result.exit_code == 1
    assert "box out of the page" in result.stdout
    assert "1 errors" in result.stdout


def test_names_are_shown_and_never_obeyed(store: ObjectStore) -> None:
    put_page(store, "[red]a[/nothing]\x1b[2J\u202e/1.jpg", [1, 2, 3, 4])

    result = CliRunner().invoke(app, ["labels", "check", "corrected", store.location])

    assert result.exit_code == 0
    assert "[red]a[/nothing]\\x1b[2J\\u202e" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("arguments", [["csv", "."], ["kaggle", "/no/such/folder"]])
def test_labels_that_cannot_be_read_are_one_sentence(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["labels", "check", *arguments])

    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert arguments[-1] in result.stderr or "one of" in result.stderr


def test_help_names_every_kind() -> None:
    result = CliRunner().invoke(app, ["labels", "check", "--help"], env={"COLUMNS": "200"})

    assert all(kind in result.stdout for kind in KINDS)


def test_a_challenge_is_rendered_and_checked(tmp_path: Path) -> None:
    fonts = Path(__file__).parents[1] / "data" / "fonts"
    render = ["synthesize", "--layout", "kaggle", "--output", str(tmp_path), "--pages", "1"]

    rendered = CliRunner().invoke(app, [*render, "--height", "300", "--fonts", str(fonts)])
    checked = CliRunner().invoke(app, ["labels", "check", "kaggle", str(tmp_path)])

    assert (rendered.exit_code, checked.exit_code) == (0, 0)
