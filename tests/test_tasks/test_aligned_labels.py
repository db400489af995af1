"""Labels from an alignment: what is written is read back, and damage is told."""

from pathlib import Path

import numpy as np
import pytest

from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, Labels
from tasks.label_sources import open_labels
from tasks.label_sources.aligned import (
    ALIGNED,
    AlignedPage,
    coverage,
    read_aligned_pages,
    write_aligned,
)
from tasks.label_sources.archive import LabelSourceError
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store

BOXES_N4 = np.array([(1, 2, 30, 40), (5, 60, 30.5, 40), (0, 0, 200, 300)], np.float32)
CODEPOINTS_N = np.array([0x1B002, UNKNOWN_CODEPOINT, IGNORED_CODEPOINT], np.int32)
ALIGNED_PAGES = [
    AlignedPage("花/一.jpg", Labels(BOXES_N4, CODEPOINTS_N), characters=4, found=1),
    AlignedPage("花/二.jpg", Labels.empty(), characters=0, found=0),
]


@pytest.fixture
def archive(tmp_path: Path) -> ObjectStore:
    store = open_store(str(tmp_path / "scans"), create=True)
    for page in ALIGNED_PAGES:
        store.put(page.page, b"\xff\xd8\xff")
    return store


def test_labels_are_read_back_with_their_scans(tmp_path: Path, archive: ObjectStore) -> None:
    store = open_store(str(tmp_path / "labels"), create=True)

    write_aligned(store, archive.location, ALIGNED_PAGES, {"model": "0" * 64})

    read = open_labels("aligned", str(tmp_path / "labels"))
    assert [scan.key for scan, _ in read.pages] == ["花/一.jpg", "花/二.jpg"]
    assert read.pages[0][1].boxes_N4.tolist() == BOXES_N4.tolist()
    assert read.pages[0][1].codepoints_N.tolist() == CODEPOINTS_N.tolist()
    assert len(read.pages[1][1]) == 0
    assert read.store.location == archive.location
    assert coverage(read_aligned_pages(store)) == pytest.approx(1 / 4)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.put(ALIGNED, b"no parquet")

    with pytest.raises(LabelSourceError, match=ALIGNED):
        read_aligned_pages(store)


def test_nothing_aligned_is_nothing_found(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFoundError):
        open_labels("aligned", str(tmp_path))
