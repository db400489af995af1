"""What is wrong with labelled pages is found, and nothing is found where nothing is wrong."""

import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, Labels
from tasks.fetch import FailedPage, FetchedPage
from tasks.label_boxes import Box, make_labels
from tasks.label_check import LabelReport, books_to_rows, check_labels, findings_to_rows
from tasks.label_findings import (
    DUPLICATE,
    EMPTY,
    MISSING,
    OUTSIDE,
    SIZE,
    UNASSIGNED,
    UNKNOWN,
    UNLABELLED,
    UNREADABLE,
    check_page,
    is_assigned,
)
from tasks.label_sources import read_label_source
from tasks.object_store import ObjectStore, open_store
from tasks.page_image import PageImage
from tasks.progress import PageProgress
from tasks.scans import Scan

NO = 0x306E
SCAN = Scan("genji/1.jpg", 1, "e")
PAGE = FetchedPage(SCAN, PageImage(np.zeros((4, 3, 3), np.uint8), 800, 600), 0, 0)  # reduced


def labels(*characters: tuple[int, Box]) -> Labels:
    return make_labels(characters)


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        pytest.param(labels(), [], id="blank"),
        pytest.param(labels((NO, (0, 0, 600, 800))), [], id="whole page"),
        pytest.param(
            labels((UNKNOWN_CODEPOINT, (1, 2, 3, 4)), (IGNORED_CODEPOINT, (9, 2, 3, 4))),
            [],
            id="no name",
        ),
        pytest.param(
            labels((NO, (10, 20, 30, 781))),
            [(OUTSIDE, "10 20 30 781 on 600 x 800")],
            id="below",
        ),
        pytest.param(
            labels((NO, (590, 0, 10.5, 5))), [(OUTSIDE, "590 0 10.5 5 on 600 x 800")], id="right"
        ),
        pytest.param(labels((NO, (-1, 0, 5, 5))), [(OUTSIDE, "-1 0 5 5 on 600 x 800")], id="left"),
        pytest.param(labels((NO, (0, -1, 5, 5))), [(OUTSIDE, "0 -1 5 5 on 600 x 800")], id="above"),
        pytest.param(labels((NO, (5, 5, 0, 9))), [(EMPTY, "5 5 0 9")], id="no width"),
        pytest.param(labels((NO, (5, 5, 9, 0))), [(EMPTY, "5 5 9 0")], id="no height"),
        pytest.param(
            labels((NO, (1, 2, 3, 4)), (NO + 1, (1, 2, 3, 4)), (NO, (1, 2, 3, 4))),
            [(DUPLICATE, "1 2 3 4")],
            id="same box",
        ),
        pytest.param(labels((NO, (1, 2, 3, 4)), (NO, (1, 2, 3, 5))), [], id="nearly same box"),
        pytest.param(
            labels((0x4E00, (1, 2, 3, 4)), (0x4E00, (5, 2, 3, 4))),
            [(UNKNOWN, "U+4E00 一")],
            id="not in the table",
        ),
        pytest.param(labels((0x0378, (1, 2, 3, 4))), [(UNASSIGNED, "U+0378")], id="never assigned"),
    ],
)
def test_each_rule_is_found_once_with_its_place(
    truth: Labels, expected: list[tuple[str, str]]
) -> None:
    findings = check_page(PAGE, truth, (600, 800), frozenset({NO, NO + 1}))

    assert [(f.rule, f.detail) for f in findings if f.page == SCAN.key] == expected


def test_a_page_of_another_size_than_its_labels_say_is_found() -> None:
    [finding] = check_page(PAGE, labels(), (1200, 1600))

    assert (finding.rule, finding.detail) == (SIZE, "600 x 800, its labels say 1200 x 1600")


def test_labels_of_an_unreadable_scan_are_still_checked() -> None:
    failed = FailedPage(SCAN, "truncated", "the image ends early", 0, 0)

    findings = list(check_page(failed, labels((0x7, (1, 2, 3, 4))), (1, 1)))

    assert [(f.rule, f.detail) for f in findings] == [
        (UNREADABLE, "the image ends early"),
        (UNASSIGNED, "U+0007"),
    ]


@pytest.mark.parametrize(
    ("codepoint", "assigned"),
    [
        (0x306E, True),
        (0x1B002, True),  # hentaigana
        (0xE000, True),  # private use: somebody's own character
        (0x3134B, True),  # an ideograph younger than some Pythons' tables
        (0x0000, False),
        (0x000A, False),
        (0x0378, False),
        (0xFDD0, False),
        (0xFFFD, False),  # what an export writes in place of what it cannot
        (0xFFFF, False),
        (0x2FFFE, False),
        (0x3FFFF, False),
        (0x10FFFF, False),
    ],
)
def test_what_can_never_be_on_a_page_is_known(codepoint: int, assigned: bool) -> None:
    assert is_assigned(codepoint) is assigned


@given(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\ufffd"))
def test_every_letter_and_sign_counts_as_assigned(character: str) -> None:
    assert is_assigned(ord(character)), unicodedata.name(character, "?")


def jpeg() -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((80, 60, 3), 200, np.uint8))[1])


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """A challenge in which each of several things is wrong."""
    store = open_store(str(tmp_path))
    store.put(
        "train.csv",
        b"image_id,labels\numgy001-001,U+306E 1 2 3 4\numgy002-001,\n1_00001_1,U+306E 50 2 30 4\n"
        b"1_00001_2,U+3042 1 1 1 1\nlost_1,\n",
    )
    store.put("unicode_translation.csv", "Unicode,char\nU+306E,の\n".encode())
    for name in ("umgy001-001", "umgy002-001", "1_00001_1", "spare_1"):
        store.put(f"images/{name}.jpg", jpeg())
    store.put("images/1_00001_2.jpg", jpeg()[:200])
    return store


@pytest.fixture
def report(store: ObjectStore) -> LabelReport:
    archive = read_label_source("kaggle", store.location)
    with PageProgress(len(archive.pages)) as progress:
        report = check_labels(archive, progress)
    assert (progress.done, progress.failed) == (4, 1)
    return report


def test_everything_that_is_wrong_with_a_source_is_reported(report: LabelReport) -> None:
    rows = findings_to_rows(report)

    assert [(rule, times) for rule, times, _ in rows] == [
        (MISSING, "1"),
        (UNREADABLE, "1"),
        (OUTSIDE, "1"),
        (UNKNOWN, "1"),
        (UNLABELLED, "1"),
    ]
    assert [first for _, _, first in rows][:1] == ["lost_1"]
    assert report.errors == 4  # a scan without labels is a remark
    assert report.classes == 2


def test_books_are_counted_with_their_folds(report: LabelReport) -> None:
    assert books_to_rows(report) == [
        ("1", "2", "0", "2", "0"),
        ("umgy", "2", "1", "1", "1"),
        ("all", "4", "1", "3", ""),
    ]
