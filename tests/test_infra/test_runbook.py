"""The runbook's commands exist, and so do the files that it and its neighbours name."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli import app

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
COMMANDS = re.findall(r"^kuzushiji .+$|(?<=`)kuzushiji [a-z][^`]+", RUNBOOK, re.MULTILINE)
# Commands that are being written; each is checked as soon as it is there.
COMING = {"backfill", "status", "prune", "models"}


def command_of(words: list[str]) -> Any:  # noqa: ANN401 - typer carries a click of its own
    """Follow ``kuzushiji labels check ...`` down to its command, or to None."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands.get(words.pop(0))
    return command


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_and_its_options_exist(line: str) -> None:
    words = shlex.split(line)[1:]
    name = words[0]

    command = command_of(words)

    if command is None:
        assert name in COMING
        return
    known = {option for it in command.params for option in it.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_runbook_has_commands() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("name", ["runbook", "containers", "security"])
def test_every_file_that_is_named_exists(name: str) -> None:
    text = (ROOT / f"docs/{name}.md").read_text()

    named = re.findall(r"\b(?:infra|tests|docs)/[\w./-]*\w", text)
    named += [f"docs/{it}" for it in re.findall(r"\]\(([\w/.-]+\.md)", text)]
    tests = set(re.findall(r"\btest_\w+\.py", text))
    missing = {path for path in named if not (ROOT / path).exists()}
    assert missing <= {"infra/.env"}  # one's own, never committed
    assert tests <= {path.name for path in (ROOT / "tests").rglob("test_*.py")}
