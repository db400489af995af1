"""An export is what the server answers, written down."""

import json
from pathlib import Path

import pytest
from viewer_archive import FIRST, Archive

from tasks.object_store import DirectoryStore
from tasks.viewer.export import OccupiedFolderError, export_site


def export(archive: Archive, folder: Path) -> int:
    return export_site(archive.site(can_save=False), DirectoryStore(folder), lambda _: None)


def test_every_file_lies_there_as_the_server_answers_it(archive: Archive, tmp_path: Path) -> None:
    missing = export(archive, tmp_path / "site")

    site = archive.site(can_save=False)
    written = {info.key for info in DirectoryStore(tmp_path / "site").list()} - {
        "viewer-export.txt"
    }
    assert missing == 0
    assert json.loads((tmp_path / "site/data/archive.json").read_text())["save"] is False
    assert set(site.paths()) <= written
    assert all((tmp_path / "site" / path).read_bytes() == site.read(path) for path in written)
    # four pages of 1500 x 2100: six tiles, two, one, and a thumbnail
    assert sum(path.startswith("images/") for path in written) == 4 * (6 + 2 + 1 + 1)


def test_a_folder_with_something_else_is_left_alone(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")

    with pytest.raises(OccupiedFolderError, match="another folder"):
        export(archive, tmp_path)

    assert (tmp_path / "index.html").read_text() == "mine"


def test_exporting_again_keeps_the_pictures(archive: Archive, tmp_path: Path) -> None:
    export(archive, tmp_path / "site")
    pictures = list((tmp_path / "site/images").rglob("*.jpg"))
    before = {path: path.stat().st_mtime_ns for path in pictures}

    export(archive, tmp_path / "site")

    assert {path: path.stat().st_mtime_ns for path in pictures} == before


def test_a_scan_that_is_gone_is_counted_and_its_text_there(
    archive: Archive, tmp_path: Path
) -> None:
    archive.scans.delete(FIRST)

    missing = export(archive, tmp_path / "site")

    pages = [json.loads(path.read_text()) for path in (tmp_path / "site/data/pages").iterdir()]
    assert missing == 1
    assert any(page["key"] == FIRST and page["boxes"] for page in pages)
