"""The S3 policies allow a run what it needs and nothing else, on a server that enforces them."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
import requests

from tasks.object_store import ObjectStore, StoreAccessError, open_store

FOLDER = Path(__file__).parents[2] / "infra/policies"
BUCKETS = ("scans", "readings")


@pytest.fixture
def buckets(s3_environment: str, moto_server: str) -> Iterator[dict[str, str]]:
    """The policies' two buckets under names of their own, each with an object; rules enforced."""
    names = {name: f"{name}-{uuid.uuid4().hex}" for name in BUCKETS}
    client = boto3.client("s3", endpoint_url=s3_environment)
    for name in names.values():
        client.create_bucket(Bucket=name)
        client.put_object(Bucket=name, Key="book/page", Body=b"before")
    yield names
    requests.post(f"{moto_server}/moto-api/reset-auth", data=b"inf", timeout=60)


@pytest.fixture
def sign_in(
    buckets: dict[str, str], moto_server: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Become a user who has some policies; from then on the server asks who calls."""

    def sign_in(*policies: str) -> None:
        client = boto3.client("iam", endpoint_url=moto_server)
        user = f"user-{uuid.uuid4().hex}"
        client.create_user(UserName=user)
        for policy in policies:
            document = policy_for(policy, buckets)
            client.put_user_policy(UserName=user, PolicyName=policy, PolicyDocument=document)
        key = client.create_access_key(UserName=user)["AccessKey"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        requests.post(f"{moto_server}/moto-api/reset-auth", data=b"0", timeout=60)

    return sign_in


def policy_for(policy: str, buckets: dict[str, str]) -> str:
    text = (FOLDER / f"{policy}.json").read_text()
    for name, bucket in buckets.items():
        text = text.replace(f":::{name}", f":::{bucket}")
    return text


def refused(operation: Callable[[], object]) -> bool:
    try:
        operation()
    except StoreAccessError:
        return True
    return False


def open_bucket(name: str) -> ObjectStore:
    return open_store(f"s3://{name}")


def test_a_reader_lists_and_reads_scans_and_nothing_else(
    buckets: dict[str, str], sign_in: Callable[..., None]
) -> None:
    sign_in("archive-reader")

    scans = open_bucket(buckets["scans"])
    assert [info.key for info in scans.list()] == ["book/page"]
    assert scans.get("book/page") == b"before"
    assert refused(lambda: scans.put("book/page", b"after"))
    assert refused(lambda: scans.delete("book/page"))
    assert refused(lambda: open_bucket(buckets["readings"]))


def test_a_writer_adds_readings_and_neither_deletes_nor_sees_scans(
    buckets: dict[str, str], sign_in: Callable[..., None]
) -> None:
    sign_in("readings-writer")

    readings = open_bucket(buckets["readings"])
    readings.put("book/page", b"after")
    assert readings.put_if_absent("book/other", b"new")
    assert readings.get("book/page") == b"after"
    assert [info.key for info in readings.list()] == ["book/other", "book/page"]
    assert refused(lambda: readings.delete("book/page"))
    assert refused(lambda: open_bucket(buckets["scans"]))


def test_a_pruner_deletes_parts_of_readings_and_nothing_else(
    buckets: dict[str, str], sign_in: Callable[..., None]
) -> None:
    readings = open_bucket(buckets["readings"])
    readings.put("genji/readings/0123456789ab/part-0.parquet", b"part")
    sign_in("readings-pruner")

    readings = open_bucket(buckets["readings"])
    readings.delete("genji/readings/0123456789ab/part-0.parquet")
    assert [info.key for info in readings.list()] == ["book/page"]
    assert refused(lambda: readings.delete("book/page"))
    assert refused(lambda: readings.put("genji/readings/0123456789ab/part-1.parquet", b"part"))
    assert refused(lambda: open_bucket(buckets["scans"]))


@pytest.mark.parametrize("policy", [path.stem for path in FOLDER.glob("*.json")])
def test_a_policy_has_no_wildcard_action_and_names_its_bucket(policy: str) -> None:
    document = json.loads((FOLDER / f"{policy}.json").read_text())

    for statement in document["Statement"]:
        actions = statement["Action"]
        assert "*" not in "".join([actions] if isinstance(actions, str) else actions)
        assert statement["Resource"].startswith("arn:aws:s3:::")
        assert not statement["Resource"].startswith("arn:aws:s3:::*")
