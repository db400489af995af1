import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from viewer_archive import Archive, make_archive
from viewer_browser import Browser
from viewer_servers import running

from tasks.viewer.server import ViewerServer


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """A small archive with its readings, and nobody else's."""
    return make_archive(tmp_path)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    paths = shutil.which("chromium"), shutil.which("chromedriver")
    if not all(paths):
        reason = "needs Chromium: apt-get install chromium chromium-driver"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    opened = Browser(str(paths[0]), str(paths[1]), tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    chromium.look()
    yield chromium
    assert chromium.errors() == []


@pytest.fixture
def url(archive: Archive) -> Iterator[str]:
    server = ViewerServer(archive.site(), 0)
    with running(server):
        yield server.url
