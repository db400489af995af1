"""Backfills on a real Prefect server: collections side by side, models beside each other."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterKey,
    DeploymentFilter,
    DeploymentFilterName,
)
from prefect.states import Completed
from small_archive import good_pages, jpeg
from typer.testing import CliRunner

from flows.backfill_collections import backfill_collections
from flows.cli import app
from flows.recognize_archive import recognize_archive
from model.artifact import ReaderArtifact, pack_artifact
from tasks.archive_collections import Collection
from tasks.backfill_run import on_workers
from tasks.models import load_model, with_context
from tasks.object_store import open_store
from tasks.readings import latest_rows, list_parts

COLLECTIONS: dict[str, dict[str, bytes]] = {
    "bad": {"1.jpg": b"", "2.jpg": b"no image"},
    "ise": {"1.jpg": jpeg(1), "2.jpg": jpeg(2)},
    "源氏 {b}": good_pages(2),
}


def digest_of(model: Path) -> str:
    """The identity of what a model reads by default."""
    return with_context(load_model(str(model)), "builtin").digest


@pytest.fixture
def root(s3_bucket: str) -> str:
    """A bucket with three collections, one of them unreadable."""
    store = open_store(f"s3://{s3_bucket}")
    for collection, pages in COLLECTIONS.items():
        for key, data in pages.items():
            store.put(f"scans/{collection}/{key}", data)
    return store.location


def backfill(root: str, model: Path, **options: object) -> Any:  # noqa: ANN401 - a state
    parameters = {"collections": f"{root}/scans/*", "output": f"{root}/out", **options}
    return backfill_collections(**parameters, model=str(model), run=True, return_state=True)


def rows_of(state: Any) -> dict[str, list[str]]:  # noqa: ANN401 - a state
    _, *rows = state.result(raise_on_failure=False)["table"]
    return {row[0]: row[1:] for row in rows}


def another_model(model: Path, folder: Path) -> Path:
    artifact = load_model(str(model)).artifact
    other = ReaderArtifact(artifact.detector, artifact.characters, 0.2, {})
    path = folder / "other.safetensors"
    path.write_bytes(pack_artifact(other))
    return path


def artifact_rows() -> list[Mapping[str, str]]:
    """The newest table that Prefect shows."""
    with get_client(sync_client=True) as client:
        key = ArtifactFilter(key=ArtifactFilterKey(any_=["backfill"]))
        newest = max(client.read_artifacts(artifact_filter=key), key=lambda one: one.created)
    return json.loads(str(newest.data))


def test_collections_are_read_resumed_and_read_again_by_another_model(
    root: str, small_model: Path, tmp_path: Path
) -> None:
    first = backfill(root, small_model)
    shown = artifact_rows()
    old_parts = {info.key: info.etag for info in open_store(root).list("out/")}
    second = backfill(root, small_model)
    open_store(root).put("scans/ise/3.jpg", jpeg(3))
    third = backfill(root, another_model(small_model, tmp_path))

    assert first.is_failed()
    assert {name: row[:3] for name, row in rows_of(first).items()} == {
        "bad": ["2", "2", "2"],
        "ise": ["2", "2", "0"],
        "源氏 {b}": ["2", "2", "0"],
    }
    assert "100.0%" in rows_of(first)["bad"][-1]
    assert [rows_of(first)[name][-1] for name in ("ise", "源氏 {b}")] == ["done", "done"]
    assert {row["collection"]: row["status"] for row in shown} == {
        name: row[-1] for name, row in rows_of(first).items()
    }
    assert second.is_completed()
    assert {row[-1] for row in rows_of(second).values()} == {"nothing to do"}
    assert rows_of(third)["ise"][:3] == ["3", "3", "0"]
    now = {info.key: info.etag for info in open_store(root).list("out/") if ".parquet" in info.key}
    assert now.items() >= {k: v for k, v in old_parts.items() if ".parquet" in k}.items()
    ise = open_store(f"{root}/out/ise")
    digests = [digest_of(one) for one in (small_model, tmp_path / "other.safetensors")]
    assert [len(list(latest_rows(ise, digest))) for digest in digests] == [2, 3]


def test_without_run_only_the_plan_is_shown(root: str, small_model: Path) -> None:
    state = backfill_collections(
        f"{root}/scans/*", f"{root}/out", model=str(small_model), return_state=True
    )

    assert state.message == "6 pages to read in 3 collections"
    assert rows_of(state)["ise"][:4] == ["2", "0", "2", "0"]
    assert not list(open_store(root).list("out/"))


def test_workers_get_a_collection_once_in_an_attempt(root: str, small_model: Path) -> None:
    recognize_archive.to_deployment("idempotent").apply()
    collection = Collection("ise", f"{root}/scans/ise", f"{root}/out/ise")
    parameters = {"archive": collection.archive, "output": collection.output}

    def start(attempt: str) -> Any:  # noqa: ANN401 - a state
        recognize = on_workers("recognize-archive/idempotent", "0" * 64, attempt)
        return recognize(collection, {**parameters, "model": str(small_model)})

    with ThreadPoolExecutor() as pool:
        states = [pool.submit(start, attempt) for attempt in ("1", "1", "2")]
        complete_runs("idempotent", 2)
        ended = [state.result() for state in states]

    assert all(state.is_completed() for state in ended)
    assert len({state.state_details.flow_run_id for state in ended}) == 2
    assert runs_of("idempotent") == 2


def complete_runs(deployment: str, count: int) -> None:
    """Wait for so many runs and do what a worker would do, save the work."""
    with get_client(sync_client=True) as client:
        while len(runs := client.read_flow_runs(deployment_filter=named(deployment))) < count:
            time.sleep(0.2)
        for run in runs:
            client.set_flow_run_state(run.id, Completed(), force=True)


def runs_of(deployment: str) -> int:
    with get_client(sync_client=True) as client:
        return len(client.read_flow_runs(deployment_filter=named(deployment)))


def named(deployment: str) -> DeploymentFilter:
    return DeploymentFilter(name=DeploymentFilterName(any_=[deployment]))


def test_the_commands_plan_tell_and_prune(root: str, small_model: Path, tmp_path: Path) -> None:
    output = f"{root}/out/ise"
    other = another_model(small_model, tmp_path)
    for model in (small_model, other):
        recognize_archive(f"{root}/scans/ise", output, model=str(model))
    digest = digest_of(small_model)
    options = ["--collections", f"{root}/scans/*", "--output", f"{root}/out"]

    planned = command("backfill", *options, "--model", str(other))
    status = command("status", output)
    told = command("prune", output, "--model", digest)
    kept = len(list(list_parts(open_store(output), digest)))
    pruned = command("prune", output, "--model", digest, "--run")
    refused = command("prune", output, "--model", digest_of(other), "--run")

    assert "4 pages to read in 3 collections" in planned.stdout
    assert digest[:12] in status.stdout
    assert "nothing is removed" in told.stdout
    assert kept == 1
    assert "removed" in pruned.stdout
    assert not list(list_parts(open_store(output), digest))
    assert len(list(latest_rows(open_store(output)))) == 2
    assert refused.exit_code == 2
    assert "only model" in refused.stderr


def command(*arguments: str) -> Any:  # noqa: ANN401 - Click's result
    return CliRunner().invoke(app, list(arguments))
