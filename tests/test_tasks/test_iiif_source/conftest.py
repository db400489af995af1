"""A IIIF server of the test's own, and an impatient client for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from iiif_server import IiifServer, serve_iiif

from tasks.object_store.iiif.politeness import Politeness
from tasks.object_store.iiif.web import Web

HASTE = Politeness(pause_seconds=0.0, attempts=3, backoff_seconds=0.0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[IiifServer]:
    folder = tmp_path / "images"
    folder.mkdir()
    with serve_iiif(folder) as served:
        yield served


@pytest.fixture
def web() -> Web:
    """A client that may ask this computer."""
    return Web(allow_private=True, politeness=HASTE)
