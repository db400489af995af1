"""What prefect.yaml defines, before any server is asked."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from flows.deployment_file import DeploymentFileError, read_deployments
from flows.deployment_names import complete_name

ROOT = Path(__file__).parents[2]
PREFECT_FILE = ROOT / "prefect.yaml"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(PREFECT_FILE.read_text())["deployments"]
NAMES = [deployment["name"] for deployment in DEPLOYMENTS]
each_deployment = pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)


def schema_of(deployment: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI schema that Prefect makes of a flow's parameters, and its form of that."""
    flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
    return parameter_schema(flow).model_dump()


def alternatives(property_: dict[str, Any]) -> list[dict[str, Any]]:
    return property_.get("anyOf", [property_])


def test_every_flow_has_a_deployment_of_its_name() -> None:
    flows = {
        name
        for module in (ROOT / "flows").glob("*.py")
        for name in re.findall(r'@flow\(\s*name="(.*?)"', module.read_text())
    }

    assert set(NAMES) == flows
    assert [f"flows.{n.replace('-', '_')}.{n.replace('-', '_')}" for n in NAMES] == [
        deployment["entrypoint"] for deployment in DEPLOYMENTS
    ]


@each_deployment
def test_every_parameter_is_described_and_every_number_bounded(deployment: dict[str, Any]) -> None:
    properties = schema_of(deployment)["properties"]

    undescribed = [name for name, each in properties.items() if not each.get("description")]
    unbounded = [
        name
        for name, each in properties.items()
        for kind in alternatives(each)
        if kind.get("type") in ("integer", "number")
        and not {"minimum", "exclusiveMinimum"} & kind.keys()
    ]
    assert undescribed == []
    assert unbounded == []


@each_deployment
def test_a_deployment_sets_parameters_that_exist_and_can_be_found(
    deployment: dict[str, Any],
) -> None:
    assert deployment["parameters"].keys() <= schema_of(deployment)["properties"].keys()
    assert deployment["tags"]
    assert deployment["description"]
    assert deployment["work_pool"] == {"name": "kuzushiji"}
    assert all(schedule["timezone"] for schedule in deployment.get("schedules", []))


def test_what_is_served_is_what_is_deployed() -> None:
    served = {deployment.name: deployment for deployment in read_deployments(PREFECT_FILE)}

    assert list(served) == NAMES
    for deployment in DEPLOYMENTS:
        other = served[deployment["name"]]
        crons = [schedule["cron"] for schedule in deployment.get("schedules", [])]
        assert other.entrypoint == deployment["entrypoint"]
        assert other.parameters == deployment["parameters"]
        assert other.tags == deployment["tags"]
        assert other.description == deployment["description"]
        assert other.work_pool_name is None
        assert [schedule.schedule.cron for schedule in other.schedules or []] == crons
        assert other.concurrency_limit == deployment.get("concurrency_limit", {}).get("limit")


ENTRY = """
deployments:
  - name: own
    entrypoint: flows.evaluate_archive.evaluate_archive
"""


def test_a_placeholder_is_filled_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCANS", "s3://scans")
    file = tmp_path / "prefect.yaml"
    file.write_text(ENTRY + '    parameters: {output: "{{ $SCANS }}/genji", labels: x.csv}')

    (deployment,) = read_deployments(file)

    assert deployment.parameters["output"] == "s3://scans/genji"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "is missing", id="no file"),
        pytest.param("", "holds no deployments", id="empty"),
        pytest.param("deployments: []", "holds no deployments", id="none"),
        pytest.param(ENTRY + "    tags: [", "is no YAML; see line 5", id="no yaml"),
        pytest.param(ENTRY + "    sla: 1", "own asks for what cannot be served", id="option"),
        pytest.param(
            ENTRY + '    parameters: {output: "{{ prefect.variables.scans }}"}',
            "own has a placeholder",
            id="placeholder",
        ),
    ],
)
def test_a_file_that_cannot_be_served_is_one_sentence(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "prefect.yaml"
    if content is not None:
        file.write_text(content)

    with pytest.raises(DeploymentFileError, match=sentence):
        read_deployments(file)


OURS = "recognize-archive/recognize-archive"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("deployment run recognize-archive", f"deployment run {OURS}"),
        ("deployments run recognize-archive --watch", f"deployments run {OURS} --watch"),
        ("-p own deployment run recognize-archive", f"-p own deployment run {OURS}"),
        ("deployment run --watch recognize-archive", f"deployment run --watch {OURS}"),
        ("deployment run -p limit=1 recognize-archive", f"deployment run -p limit=1 {OURS}"),
        ("deployment run --tag=x recognize-archive", f"deployment run --tag=x {OURS}"),
        (f"deployment run {OURS}", None),
        ("deployment run recognize-archive/nightly", None),
        ("deployment run --tag recognize-archive", None),
        ("deployment run no-such-flow", None),
        ("deployment run deployment-names", None),  # a module of ours, but no flow
        ("deployment run ../recognize-archive", None),
        ("deployment run recognize_archive", None),
        ("deployment run", None),
        ("deployment run --id 12", None),
        ("deployment inspect recognize-archive", None),
        ("flow-run ls recognize-archive", None),
        ("", None),
    ],
)
def test_only_the_bare_name_of_a_deployment_of_ours_is_completed(
    before: str, after: str | None
) -> None:
    arguments = ["prefect", *before.split()]

    complete_name(arguments)

    assert arguments == ["prefect", *(before if after is None else after).split()]
