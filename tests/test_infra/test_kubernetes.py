"""infra/kubernetes against Kubernetes' own schemas, and what docs/security.md promises of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "infra/kubernetes"
VERSIONS = ("1.32.0", "1.37.0")  # the oldest that providers still support, and the newest known
KUSTOMIZATION = "kustomization.yaml"
Manifest = dict[str, Any]


def manifests(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text()))


def patched(original: Manifest, patch: Manifest) -> Manifest:
    """Merge as kustomize does: maps by key, containers by name."""
    merged = dict(original)
    for key, value in patch.items():
        if isinstance(value, dict):
            merged[key] = patched(original.get(key, {}), value)
        elif key == "containers":
            merged[key] = [patched(*pair) for pair in zip(original[key], value, strict=True)]
        else:
            merged[key] = value
    return merged


def all_manifests() -> Iterator[tuple[str, Manifest]]:
    patch = manifests(FOLDER / "gpu/prefect-worker-gpu.yaml")[0]
    for path in sorted(FOLDER.rglob("*.yaml")):
        if path.name not in {KUSTOMIZATION, "prefect-worker-gpu.yaml"}:
            for manifest in manifests(path):
                yield f"{path.stem}: {manifest['kind']}", manifest
    yield "prefect-worker-gpu", patched(manifests(FOLDER / "base/prefect-worker.yaml")[0], patch)


MANIFESTS = dict(all_manifests())
DEPLOYMENTS = {name: it for name, it in MANIFESTS.items() if it["kind"] == "Deployment"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_meets_the_schema(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    wrong = patched(MANIFESTS["dask-worker: Deployment"], {"spec": {"replica": 1}})

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("folder", ["base", "gpu"])
def test_a_kustomization_names_every_file_beside_it(folder: str) -> None:
    document = manifests(FOLDER / folder / KUSTOMIZATION)[0]

    named = {*document["resources"], *(patch["path"] for patch in document.get("patches", []))}
    there = {path.name for path in (FOLDER / folder).glob("*.yaml")} - {KUSTOMIZATION}
    assert named - {"../base"} == there


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_is_confined(name: str) -> None:
    pod = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    container = pod["containers"][0]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [mount["name"] for mount in container["volumeMounts"]] == ["tmp"]
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_is_found_by_its_selector_and_let_in_by_the_policy(name: str) -> None:
    spec = DEPLOYMENTS[name]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    policy = MANIFESTS["network: NetworkPolicy"]["spec"]["ingress"][0]["from"][0]

    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()


def test_no_secret_is_kept_in_a_file() -> None:
    assert [name for name, it in MANIFESTS.items() if it["kind"] == "Secret"] == []


def test_workers_of_dask_may_read_the_archive_only() -> None:
    names = [name for name in DEPLOYMENTS if name.startswith("dask-worker")]

    for name in names:
        container = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"][0]
        secrets = [it["secretRef"]["name"] for it in container["envFrom"] if "secretRef" in it]
        assert secrets == ["kuzushiji-archive-reader"]
