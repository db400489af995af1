"""Fixtures for every test: two S3 servers and the environment that points to one of them."""

import uuid
from collections.abc import Iterator
from types import SimpleNamespace

import boto3
import pytest
from aws_environment import lead_to
from botocore.config import Config
from ceph_gateway import ceph_gateway, require_ceph
from faulty_proxy import FaultyProxy, faulty_proxy
from hypothesis import settings
from moto.server import ThreadedMotoServer

# No test asserts elapsed time, not by Hypothesis' default deadline of 200 ms either.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

CEPH_BUCKET = "archive"  # making one takes seconds


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The endpoint URL of an S3 server that lives as long as the test session."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def ceph_server() -> Iterator[tuple[str, str, str]]:
    """Address, user and secret of a Ceph gateway with a bucket, for the whole session."""
    require_ceph()
    with ceph_gateway() as server, pytest.MonkeyPatch.context() as patch:
        lead_to(patch, *server)
        # Not boto3.client: its session remembers the first credentials that it met.
        boto3.Session().client("s3").create_bucket(Bucket=CEPH_BUCKET)
        patch.undo()
        yield server


@pytest.fixture
def s3_environment(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The standard AWS environment for the server in this process."""
    lead_to(monkeypatch, moto_server, "test-user", "test-secret")
    return moto_server


@pytest.fixture
def s3_bucket(s3_environment: str) -> str:
    """The name of a fresh, empty bucket on the test server."""
    name = f"archive-{uuid.uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_environment).create_bucket(Bucket=name)
    return name


@pytest.fixture
def ceph_folder(ceph_server: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket on Ceph and an unused prefix in it; the AWS environment leads there."""
    lead_to(monkeypatch, *ceph_server)
    return f"{CEPH_BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture
def s3_faults(
    s3_bucket: str, moto_server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyProxy]:
    """A proxy before the test server, to which the AWS environment leads from now on.

    Requests give up after 2 s instead of a minute, and are asked again at once.
    """
    from tasks.object_store import s3

    assert s3_bucket
    impatient = s3._COMPATIBLE.merge(Config(read_timeout=2))
    monkeypatch.setattr(s3, "_COMPATIBLE", impatient)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    with faulty_proxy(moto_server) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy
