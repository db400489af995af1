"""A Prefect server of the test session's own: flow tests never touch the developer's."""

import os
from collections.abc import Iterator

import pytest

# Prefect reads its settings when it is imported.
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"

STARTUP_SECONDS = 120


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    """A temporary server with an empty database."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=STARTUP_SECONDS):
        yield
