"""A real S3 server: Ceph's gateway from Debian packages, as long as a test session lasts."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

INFRA = Path(__file__).parents[1] / "infra"
PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")


def require_ceph() -> None:
    """Skip the test without Ceph; in CI, fail it."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        reason = f"no {', '.join(missing)}; install them with infra/install-ceph.sh"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@contextmanager
def ceph_gateway() -> Iterator[Mapping[str, str]]:
    """Start a gateway and tell the AWS environment that leads to it; stop it afterwards."""
    with subprocess.Popen(
        [INFRA / "ceph-gateway.sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = [process.stdout.readline().strip().partition("=") for _ in range(3)]
        environment = {name: value for name, _, value in told}
        assert "AWS_SECRET_ACCESS_KEY" in environment, "the gateway did not start, see above"
        yield environment
        process.stdin.close()
