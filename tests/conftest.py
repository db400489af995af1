"""Fixtures for every test: two S3 servers and the environment that points to one of them."""

import uuid
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import boto3
import pytest
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
def ceph_environment() -> Iterator[Mapping[str, str]]:
    """The AWS environment of a Ceph gateway with a bucket, which live as long as the session."""
    require_ceph()
    with ceph_gateway() as environment:
        client = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=CEPH_BUCKET)
        yield environment


@pytest.fixture
def shielded_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS settings of the developer's own."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def s3_environment(
    moto_server: str,
    shielded_environment: None,  # noqa: ARG001 - it comes first
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The standard AWS environment for the server in this process."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-user")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    return moto_server


@pytest.fixture
def s3_bucket(s3_environment: str) -> str:
    """The name of a fresh, empty bucket on the test server."""
    name = f"archive-{uuid.uuid4().hex}"
    boto3.client("s3", endpoint_url=s3_environment).create_bucket(Bucket=name)
    return name


@pytest.fixture
def ceph_folder(
    ceph_environment: Mapping[str, str],
    shielded_environment: None,  # noqa: ARG001 - it comes first
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A bucket on Ceph and an unused prefix in it; the AWS environment leads there."""
    for name, value in ceph_environment.items():
        monkeypatch.setenv(name, value)
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
