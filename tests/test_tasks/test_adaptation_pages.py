"""What an adaptation learns from never holds what it is examined on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from model.characters import UNKNOWN_CODEPOINT, Labels
from tasks.adaptation_pages import AdaptationPages, split_pages
from tasks.challenge import write_labels
from tasks.label_sources.aligned import AlignedPage, write_aligned
from tasks.object_store import DirectoryStore
from tasks.page_alignment import open_transcribed
from tasks.training_material import LabelledSource

BOOKS = ("genji/001", "genji/002", "ise/001", "ise/002", "makura/001")
BOX = np.array([[1, 2, 3, 4]], np.float32)
NAMED, UNNAMED = (Labels(BOX, np.array([c], np.int32)) for c in (0x3042, UNKNOWN_CODEPOINT))


def scans(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """Files that are listed and never decoded."""
    for name, data in contents.items():
        path = folder / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> str:
    return str(scans(tmp_path / "scans", {name: b"scan of " + name.encode() for name in BOOKS}))


def kaggle(folder: Path, contents: Mapping[str, bytes]) -> LabelledSource:
    scans(folder / "train_images", contents)
    labels = {name.rpartition("/")[2]: NAMED for name in contents}
    (folder / "train.csv").write_bytes(write_labels(labels))
    return LabelledSource("kaggle", str(folder))


def split(archive: str, labelled: Sequence[LabelledSource] = (), *hold_out: str) -> AdaptationPages:
    pages = open_transcribed(archive, None, untranscribed=True)
    return split_pages(pages, labelled, hold_out=hold_out, fold=0)


def keys(pages: AdaptationPages) -> tuple[list[str], list[str]]:
    return (
        [scan.key.removesuffix(".jpg") for scan, _ in pages.training.pages],
        [scan.key.removesuffix(".jpg") for scan, _ in pages.held_out.pages],
    )


def test_without_globs_whole_books_are_held_out(archive: str) -> None:
    training, held_out = keys(split(archive))

    assert sorted(training + held_out) == sorted(BOOKS)
    assert len(held_out) > 0
    assert {key.partition("/")[0] for key in training}.isdisjoint(
        key.partition("/")[0] for key in held_out
    )


def test_globs_hold_out_what_they_fit(archive: str) -> None:
    training, held_out = keys(split(archive, (), "ise/*", "*/001.jpg"))

    assert training == ["genji/002"]
    assert held_out == ["genji/001", "ise/001", "ise/002", "makura/001"]


@pytest.mark.parametrize(
    ("hold_out", "sentence"),
    [("nara/*", "no page is called like"), ("*", "none is left to learn from")],
)
def test_a_hold_out_that_cannot_be_meant_is_refused(
    archive: str, hold_out: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        split(archive, (), hold_out)


@pytest.mark.parametrize(
    ("labelled", "left"),
    [
        pytest.param({"001": b"other"}, ["genji/002", "ise/002"], id="no folder: any 001"),
        pytest.param({"ise/001": b"other"}, ["genji/001", "genji/002", "ise/002"], id="folder"),
        pytest.param(
            {"elsewhere/002": b"scan of ise/002"},
            ["genji/001", "genji/002", "ise/001"],
            id="size in bytes",
        ),
        pytest.param(
            {"elsewhere/002": b"other"},
            ["genji/001", "genji/002", "ise/001", "ise/002"],
            id="another book's 002",
        ),
    ],
)
def test_pages_with_boxes_are_not_trained_on_wherever_their_copy_lies(
    archive: str, tmp_path: Path, labelled: Mapping[str, bytes], left: list[str]
) -> None:
    training, _ = keys(split(archive, [kaggle(tmp_path / "boxes", labelled)], "makura/*"))

    assert training == left


def test_pages_whose_boxes_have_no_names_are_not_scored(archive: str, tmp_path: Path) -> None:
    aligned = [AlignedPage("ise/001.jpg", NAMED, 1, 1), AlignedPage("ise/002.jpg", UNNAMED, 1, 0)]
    write_aligned(DirectoryStore(tmp_path / "labels"), archive, aligned, {})

    pages = split(archive, [LabelledSource("aligned", str(tmp_path / "labels"))], "makura/*")

    [source] = pages.labelled
    assert [scan.key for scan, _ in source.pages] == ["ise/001.jpg"]


def test_labels_of_which_no_page_can_be_scored_are_refused(archive: str, tmp_path: Path) -> None:
    aligned = [AlignedPage("ise/001.jpg", UNNAMED, 1, 0)]
    write_aligned(DirectoryStore(tmp_path / "labels"), archive, aligned, {})

    with pytest.raises(ValueError, match="has a name for each of its boxes"):
        split(archive, [LabelledSource("aligned", str(tmp_path / "labels"))], "makura/*")
