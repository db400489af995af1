"""``prefect.yaml`` as deployments that a process serves by itself, without pool and worker.

``prefect deploy`` reads the same file, so that deployments are defined once.
"""

from pathlib import Path
from typing import Any, cast

import yaml
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule
from prefect.utilities.templating import apply_values

PREFECT_FILE = Path("prefect.yaml")
FOR_WORKERS = {"work_pool", "build", "push", "pull"}  # a served flow runs where it is served


class DeploymentFileError(ValueError):
    """A file of deployments that cannot be served as it stands."""


def read_deployments(path: Path = PREFECT_FILE) -> list[RunnerDeployment]:
    """Read the deployments of a file in the format of ``prefect.yaml``.

    Args:
        path: the file; ``{{ $NAME }}`` in it stands for an environment variable.

    Returns:
        What ``prefect.serve`` takes, in the file's order.

    Raises:
        DeploymentFileError: if the file is missing or no YAML, or asks for what serving cannot do.
    """
    if not path.is_file():
        raise DeploymentFileError(
            f"{path} is missing: serve from the checkout, or name it by --file"
        )
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"; see line {mark.line + 1}" if mark else ""
        raise DeploymentFileError(f"{path} is no YAML{place}") from error
    if not isinstance(content, dict) or not content.get("deployments"):
        raise DeploymentFileError(f"{path} holds no deployments; docs/deployments.md shows one")
    return [_served(entry) for entry in content["deployments"]]


def _served(entry: dict[str, Any]) -> RunnerDeployment:
    filled = cast("dict[str, Any]", apply_values(entry, {}, remove_notset=False))
    name = filled.get("name")
    if "{{" in str(filled):
        raise DeploymentFileError(f"{name} has a placeholder that is no environment variable's")
    options = {key: value for key, value in filled.items() if key not in FOR_WORKERS}
    if isinstance(limit := options.get("concurrency_limit"), dict):
        options["concurrency_limit"] = ConcurrencyLimitConfig(**limit)
    schedules = [Schedule(**schedule) for schedule in options.pop("schedules", [])]
    try:
        # Serving pauses what it leaves; unless told otherwise, it goes on when it is served again.
        return RunnerDeployment.from_entrypoint(
            **{"paused": False, **options}, schedules=schedules or None
        )
    except TypeError as error:
        raise DeploymentFileError(f"{name} asks for what cannot be served: {error}") from error
