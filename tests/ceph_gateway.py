"""A real S3 server: Ceph's gateway from Debian packages, as long as a test session lasts."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

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
def ceph_gateway() -> Iterator[tuple[str, str, str]]:
    """Start a gateway and tell its address, user and secret; stop it afterwards."""
    with (
        TemporaryFile("w+") as log,
        subprocess.Popen(
            [INFRA / "ceph-gateway.sh"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        told = [process.stdout.readline().strip().partition("=")[2] for _ in range(3)]
        if not all(told):
            log.seek(0)
            pytest.fail(f"the gateway did not start:\n{log.read()[-4000:]}", pytrace=False)
        yield (told[0], told[1], told[2])
        process.stdin.close()
