"""What hadolint cannot know about infra/Dockerfile: our versions, our user, our apex."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "infra/Dockerfile").read_text()
STAGES = {
    stage.split()[0]: stage
    for stage in re.split(r"^FROM \S+ AS ", DOCKERFILE, flags=re.MULTILINE)[1:]
}
ARGUMENTS = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_an_image_runs_as_a_user_without_rights(target: str) -> None:
    assert re.findall(r"^USER (.+)$", STAGES[target], re.MULTILINE) == ["10001:10001"]


@pytest.mark.parametrize("package", ["torch", "torchvision"])
def test_a_version_is_one_that_the_project_admits(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = {it.name: it.specifier for it in map(Requirement, project["dependencies"])}

    assert ARGUMENTS[package.upper()] in requirements[package]


def test_apex_is_built_from_its_repository_at_a_commit() -> None:
    assert re.fullmatch("[0-9a-f]{40}", ARGUMENTS["APEX_COMMIT"])
    assert "https://github.com/NVIDIA/apex.git" in STAGES["apex"]
    assert re.findall(r"pip install[^&\n]*\bapex\b", DOCKERFILE) == []
    assert "import torch, amp_C" in STAGES["cuda"]


def test_caches_go_where_a_read_only_container_can_write() -> None:
    settings = dict(re.findall(r"\b(\w+)=(/\S+)", STAGES["base"]))

    written = {name: path for name, path in settings.items() if name != "PATH"}
    assert {"HOME", "PREFECT_HOME", "MPLCONFIGDIR", "DASK_TEMPORARY_DIRECTORY"} <= set(written)
    assert {Path(path).parts[1] for path in written.values()} == {"tmp"}
