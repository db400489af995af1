"""infra/compose.yaml against the Compose Specification, and what the runbook promises of it."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "infra/compose.yaml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]


def test_it_meets_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests/data/schemas/compose/compose-spec.json").read_text())

    jsonschema.Draft7Validator(schema).validate(yaml.safe_load(COMPOSE.read_text()))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_a_port_is_open_to_this_computer_only(name: str) -> None:
    ports = SERVICES[name].get("ports", [])

    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_dask_and_the_database_have_no_way_out() -> None:
    networks = yaml.safe_load(COMPOSE.read_text())["networks"]

    assert networks["inside"]["internal"] is True
    for name in ("dask-scheduler", "dask-worker", "database"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_every_secret_is_asked_for_and_none_is_written_down() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()))
    example = (ROOT / "infra/compose.env.example").read_text()

    assert re.findall(r"\$\{\w+\}|\$\{\w+:-", COMPOSE.read_text()) == []
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_version(name: str) -> None:
    assert re.search(r":[\w.]*\d|kuzushiji-archive:cpu", SERVICES[name]["image"])
