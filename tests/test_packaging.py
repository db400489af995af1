"""What is installed is what is here."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed_for_installation() -> None:
    layers = ("flows", "tasks", "model")
    inits = [path for layer in layers for path in (ROOT / layer).rglob("__init__.py")]

    found = {".".join(path.parent.relative_to(ROOT).parts) for path in inits}

    assert found == set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_dependency_has_a_reason() -> None:
    project = PROJECT["project"]
    reasons = (ROOT / "docs/decisions/0005-dependencies.md").read_text()

    names = [
        requirement.partition(">=")[0]
        for requirement in (
            *project["dependencies"],
            *(entry for extra in project["optional-dependencies"].values() for entry in extra),
        )
    ]

    assert [name for name in names if f"`{name}" not in reasons] == []


def test_every_licence_named_is_shipped() -> None:
    paths = PROJECT["project"]["license-files"]

    assert [path for path in paths if not (ROOT / path).is_file()] == []
