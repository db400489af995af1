"""What docs/security.md promises about the source itself: one test for each promise."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text())
    for layer in ("flows", "tasks", "model")
    for path in sorted((ROOT / layer).rglob("*.py"))
}
STORES = "tasks/object_store/"


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call under its dotted name, as far as it has one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def keyword(call: ast.Call, name: str) -> str | None:
    return next((ast.unparse(it.value) for it in call.keywords if it.arg == name), None)


def writes(name: str, call: ast.Call) -> bool:
    """Whether a call writes a file by its path."""
    method = name.rpartition(".")[2]
    if method in {"write_bytes", "write_text", "touch", "hardlink_to", "symlink_to", "extractall"}:
        return True
    modes = [ast.literal_eval(it) for it in call.args if isinstance(it, ast.Constant)]
    return method == "open" and any(re.fullmatch("[rwxabt+]*[wxa+]b?", str(it)) for it in modes)


def test_files_are_written_by_the_store_alone_or_under_names_of_our_own() -> None:
    places = {
        path for path, tree in MODULES.items() for name, call in calls(tree) if writes(name, call)
    }

    assert places == {
        "tasks/object_store/directory.py",
        "tasks/synthetic_pages.py",  # page-0001.jpg, labels.csv
        "tasks/challenge_pages.py",  # the same in the challenge's layout
    }


@pytest.mark.parametrize("module", ["pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"])
def test_nothing_here_unpickles(module: str) -> None:
    assert [path for path, tree in MODULES.items() if module in imports(tree)] == []
    assert [path for path, tree in MODULES.items() if "read_pickle" in dict(calls(tree))] == []


def test_files_of_torch_and_numpy_are_read_without_their_pickles() -> None:
    loads = [
        (keyword(call, "weights_only"), keyword(call, "allow_pickle"))
        for tree in MODULES.values()
        for name, call in calls(tree)
        if name in {"torch.load", "np.load", "numpy.load"}
    ]

    assert len(loads) >= 3
    assert set(loads) == {("True", None), (None, "False")}


def test_one_package_knows_s3_and_takes_the_endpoint_from_the_environment() -> None:
    knows = {
        path
        for path, tree in MODULES.items()
        if any(name.partition(".")[0] in {"boto3", "botocore"} for name in imports(tree))
    }
    clients = [call for name, call in calls(MODULES[f"{STORES}s3.py"]) if name.endswith(".client")]

    assert {path for path in knows if not path.startswith(STORES)} == set()
    assert {it.arg for call in clients for it in call.keywords} == {"config"}


def test_each_exception_of_the_security_rules_tells_its_reason() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    exceptions = [
        line
        for path in (*ROOT.glob("*/**/*.py"),)
        if ".venv" not in path.parts
        for line in path.read_text().splitlines()
        if re.search(r"# noqa: (?:\w+, ?)*S\d", line)
    ]

    assert rules["select"] == ["ALL"]
    assert not any(re.fullmatch(r"S\d*", rule) for rule in rules["ignore"])
    assert exceptions
    assert [line for line in exceptions if not re.search(r"# noqa: [\w, ]+ - \w+", line)] == []
