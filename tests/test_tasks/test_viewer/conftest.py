from pathlib import Path

import pytest
from viewer_archive import Archive, make_archive


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """A small archive with its readings, and nobody else's."""
    return make_archive(tmp_path)
