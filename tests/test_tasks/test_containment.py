"""Names are strangers' data: whatever they say, nothing outside an archive is read or written."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tasks.fetch import FailedPage, fetch_page
from tasks.object_store import DirectoryStore, InvalidKeyError
from tasks.scans import Scan

HOSTILE = [
    "../outside.png",
    "book/../../outside.png",
    "./../outside.png",
    "{root}/outside.png",
    "//outside.png",
    "nul\0.png",
    "..",
    f"{'長' * 400}.png",  # beyond what a store allows
    f"{'長' * 90}.png",  # beyond what a file system allows
    "lone \ud800 surrogate.png",
]


@pytest.fixture
def archive(tmp_path: Path) -> DirectoryStore:
    """An empty archive beside a picture that does not belong to it."""
    picture = cv2.imencode(".png", np.zeros((20, 20, 3), np.uint8))[1].tobytes()
    (tmp_path / "outside.png").write_bytes(picture)
    (tmp_path / "archive").mkdir()
    return DirectoryStore(tmp_path / "archive")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_outside_the_archive_is_read(
    archive: DirectoryStore, tmp_path: Path, name: str
) -> None:
    page = fetch_page(archive, Scan(name.format(root=tmp_path), 1000, "v1"))

    assert isinstance(page, FailedPage)
    assert page.kind == "bad-name"


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_outside_the_output_is_written(
    archive: DirectoryStore, tmp_path: Path, name: str
) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    for write in (archive.put, archive.put_if_absent):
        with pytest.raises(InvalidKeyError):
            write(name.format(root=tmp_path), b"overwritten")

    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    "name", ["con.png", "aux", "NUL", "a:b", "-rf", "$(id)", "%2e%2e", "a\\.."]
)
def test_names_that_mean_something_elsewhere_are_only_names_here(
    archive: DirectoryStore, tmp_path: Path, name: str
) -> None:
    archive.put(f"book/{name}", b"page")

    assert [info.key for info in archive.list()] == [f"book/{name}"]
    assert {path.name for path in tmp_path.iterdir()} == {"outside.png", "archive"}
