"""Labelled pages in the layouts that are read, and their split by book."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.characters import Labels
from tasks.challenge import ChallengeFormatError
from tasks.label_sources import (
    KINDS,
    LabelledPage,
    LabelSourceError,
    open_labels,
    read_label_source,
    split_by_book,
)
from tasks.object_store import InvalidLocationError, ObjectNotFoundError, ObjectStore, open_store
from tasks.scans import Scan

TRAIN = b"""image_id,labels
umgy003-010,U+306E 1 2 3 4 U+3042 5 6 7 8
100241706_00004_2,
brsk00_001,U+4E00 9 9 9 9
"""
IDS = ("umgy003-010", "100241706_00004_2", "brsk00_001")


def zip_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def read(pages: list[LabelledPage] | object) -> dict[str, list[tuple[str, list[float]]]]:
    """Characters and boxes by scan key."""
    assert isinstance(pages, list)
    return {
        scan.key: [
            (chr(codepoint), box)
            for codepoint, box in zip(
                labels.codepoints_N.tolist(), labels.boxes_N4.tolist(), strict=True
            )
        ]
        for scan, labels in pages
    }


@pytest.fixture(params=["directory", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "directory":
        return str(tmp_path)
    bucket: str = request.getfixturevalue("s3_bucket")
    return f"s3://{bucket}/prefix"


@pytest.fixture
def store(root: str) -> ObjectStore:
    return open_store(root)


def in_folder(folder: str) -> Callable[[ObjectStore], None]:
    def put(store: ObjectStore) -> None:
        for image_id in IDS:
            store.put(f"{folder}/{image_id}.jpg", image_id.encode())

    return put


def in_zip(folder: str) -> Callable[[ObjectStore], None]:
    members = {f"{folder}{image_id}.jpg": image_id.encode() for image_id in IDS}
    return lambda store: store.put("train_images.zip", zip_of(members)) and None


class TestKaggle:
    @pytest.mark.parametrize(
        "put",
        [
            pytest.param(in_folder("train_images"), id="folder"),
            pytest.param(in_folder("images"), id="images"),
            pytest.param(in_zip(""), id="zip"),
            pytest.param(in_zip("train_images/"), id="zip of a folder"),
        ],
    )
    def test_every_layout_gives_the_same_pages(
        self, root: str, store: ObjectStore, put: Callable[[ObjectStore], None]
    ) -> None:
        store.put("train.csv", TRAIN)
        put(store)

        archive = open_labels("kaggle", root)

        assert read(archive.pages) == {
            "umgy003-010.jpg": [("の", [1, 2, 3, 4]), ("あ", [5, 6, 7, 8])],
            "100241706_00004_2.jpg": [],
            "brsk00_001.jpg": [("一", [9, 9, 9, 9])],
        }
        assert [archive.store.get(scan.key, etag=scan.etag) for scan, _ in archive.pages] == [
            image_id.encode() for image_id in IDS
        ]
        assert archive.known is None

    def test_the_table_of_characters_is_read_where_there_is_one(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path))
        store.put("train.csv", TRAIN)
        store.put("unicode_translation.csv", "Unicode,char\nU+306E,の\nU+1B002,𛀂\n".encode())
        in_zip("")(store)

        assert open_labels("kaggle", str(tmp_path)).known == {0x306E, 0x1B002}

    def test_a_labelled_page_without_scan_stops_training_but_not_the_check(
        self, tmp_path: Path
    ) -> None:
        store = open_store(str(tmp_path))
        store.put("train.csv", TRAIN)
        store.put("images/brsk00_001.jpg", b"")
        store.put("images/spare_001.jpg", b"")

        archive = read_label_source("kaggle", str(tmp_path))

        assert archive.missing == ["umgy003-010", "100241706_00004_2"]
        assert archive.unlabelled == ["spare_001.jpg"]
        with pytest.raises(FileNotFoundError, match=r"2 labelled pages.*umgy003-010.*labels check"):
            open_labels("kaggle", str(tmp_path))

    @pytest.mark.parametrize(
        ("files", "error", "message"),
        [
            ({}, ObjectNotFoundError, "train.csv"),
            ({"train.csv": TRAIN}, ObjectNotFoundError, "train_images.zip, or page scans"),
            ({"train.csv": b"id\n"}, ChallengeFormatError, "image_id,labels"),
            (
                {"train.csv": TRAIN, "train_images.zip": b"PK no zip"},
                InvalidLocationError,
                "no complete zip file",
            ),
            (
                {"train.csv": b"image_id,labels\n", "images/a.jpg": b""},
                ValueError,
                "no labelled page",
            ),
            (
                {"train.csv": TRAIN, "images/a.jpg": b"", "unicode_translation.csv": b"\xff"},
                LabelSourceError,
                "unicode_translation.csv",
            ),
            (
                {"train.csv": TRAIN, "images/a.jpg": b"", "unicode_translation.csv": b"a,b\n1,2"},
                LabelSourceError,
                "Unicode,char",
            ),
        ],
    )
    def test_what_is_missing_or_malformed_is_named(
        self, tmp_path: Path, files: dict[str, bytes], error: type[Exception], message: str
    ) -> None:
        store = open_store(str(tmp_path))
        for key, data in files.items():
            store.put(key, data)

        with pytest.raises(error, match=message):
            open_labels("kaggle", str(tmp_path))


CODH_HEADER = "Unicode,Image,X,Y,Block ID,Char ID,Width,Height\n"


class TestCodh:
    def test_rows_become_characters_in_file_order_and_pages_without_rows_are_blank(
        self, root: str, store: ObjectStore
    ) -> None:
        rows = "U+306E,1_00002,10,20,B0001,C0001,30,40\nU+3042,1_00002,1,2,B0002,C0001,3,4\n"
        store.put("1/1_coordinate.csv", f"\ufeff{CODH_HEADER}{rows}".encode())
        store.put("1/images/1_00001.jpg", b"blank")
        store.put("1/images/1_00002.jpg", b"page")
        store.put("1/characters/U+306E/U+306E_1_00002_X1_Y1.jpg", b"a crop")
        store.put("2/2_coordinate.csv", f"{CODH_HEADER}U+4E00,p,1,1,B,C,1,1\n".encode())
        store.put("2/images/p.jpg", b"page")

        archive = open_labels("codh", root)

        assert read(archive.pages) == {
            "1/images/1_00001.jpg": [],
            "1/images/1_00002.jpg": [("の", [10, 20, 30, 40]), ("あ", [1, 2, 3, 4])],
            "2/images/p.jpg": [("一", [1, 1, 1, 1])],
        }
        assert not archive.unlabelled

    def test_the_folder_of_one_book_is_read_too(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path))
        store.put("1_coordinate.csv", f"{CODH_HEADER}U+306E,a,1,2,B,C,3,4\n".encode())
        store.put("images/a.jpg", b"")

        assert read(open_labels("codh", str(tmp_path)).pages) == {
            "images/a.jpg": [("の", [1, 2, 3, 4])]
        }

    def test_rows_of_a_page_without_scan_are_reported(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path))
        store.put("1/1_coordinate.csv", f"{CODH_HEADER}U+306E,a,1,2,B,C,3,4\n".encode())

        assert read_label_source("codh", str(tmp_path)).missing == ["1/images/a"]

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            (b"\xff", "must be a CSV file in UTF-8"),
            (b"", "lacks the columns"),
            (b"Unicode,Image,X,Y,Width\n", r"lacks the columns \['Height'\]"),
            (f"{CODH_HEADER}3042,a,1,2,B,C,3,4\n".encode(), "line 2: label must be U"),
            (f"{CODH_HEADER}U+3042,a,1,,B,C,3,4\n".encode(), "line 2: a box must be"),
            (f"{CODH_HEADER}U+3042,a,1,2,B,C,-3,4\n".encode(), "line 2: a box must be"),
            (f"{CODH_HEADER}U+3042,a,1,nan,B,C,3,4\n".encode(), "line 2: a box must be"),
            (f"{CODH_HEADER}U+3042,a\n".encode(), "line 2: a box must be"),
        ],
    )
    def test_a_malformed_table_is_refused_with_its_line(
        self, tmp_path: Path, table: bytes, message: str
    ) -> None:
        open_store(str(tmp_path)).put("1/1_coordinate.csv", table)

        with pytest.raises(LabelSourceError, match=message):
            open_labels("codh", str(tmp_path))

    def test_a_folder_without_books_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ObjectNotFoundError, match="_coordinate"):
            open_labels("codh", str(tmp_path))

    def test_two_scans_of_one_name_are_refused(self, tmp_path: Path) -> None:
        store = open_store(str(tmp_path))
        store.put("1/1_coordinate.csv", CODH_HEADER.encode())
        store.put("1/images/a.jpg", b"")
        store.put("1/images/a.png", b"")

        with pytest.raises(LabelSourceError, match="extension"):
            open_labels("codh", str(tmp_path))


class TestCorrected:
    @pytest.mark.parametrize("folder", ["", "archive/"])
    def test_corrections_lie_in_the_archive_or_beside_it(
        self, root: str, store: ObjectStore, folder: str
    ) -> None:
        line = {
            "page": "genji/1.jpg",
            "characters": [{"codepoint": "U+306E", "box": [1, 2, 3.5, 4]}],
        }
        store.put("corrections.jsonl", json.dumps(line).encode())
        store.put(f"{folder}genji/1.jpg", b"page")

        archive = open_labels("corrected", root)

        assert read(archive.pages) == {"genji/1.jpg": [("の", [1, 2, 3.5, 4])]}
        assert archive.store.get("genji/1.jpg") == b"page"

    def test_beside_readings_the_archive_that_was_read_is_meant(
        self, root: str, store: ObjectStore, tmp_path: Path
    ) -> None:
        scans = open_store(str(tmp_path / "scans"), create=True)
        scans.put("genji/1.jpg", b"page")
        store.put("configuration.json", json.dumps({"archive": scans.location}).encode())
        store.put("corrections.jsonl", b'{"page": "genji/1.jpg", "characters": []}')

        archive = open_labels("corrected", root)

        assert read(archive.pages) == {"genji/1.jpg": []}
        assert archive.store.location == scans.location

    def test_beside_exports_the_archive_of_their_readings_is_meant(
        self, root: str, store: ObjectStore, tmp_path: Path
    ) -> None:
        scans = open_store(str(tmp_path / "scans"), create=True)
        scans.put("1.jpg", b"page")
        readings = open_store(str(tmp_path / "readings"), create=True)
        readings.put("configuration.json", json.dumps({"archive": scans.location}).encode())
        settings = {"settings": {"output": readings.location}}
        store.put("export.json", json.dumps(settings).encode())
        store.put("corrections.jsonl", b'{"page": "1.jpg", "characters": []}')

        assert open_labels("corrected", root).store.location == scans.location

    @pytest.mark.parametrize(
        "configuration", [b"", b"\xff", b"[1]", b'{"archive": 1}', b"[" * 100_000]
    )
    def test_an_odd_configuration_means_the_place_itself(
        self, tmp_path: Path, configuration: bytes
    ) -> None:
        store = open_store(str(tmp_path))
        store.put("configuration.json", configuration)
        store.put("corrections.jsonl", b'{"page": "1.jpg", "characters": []}')
        store.put("1.jpg", b"")

        assert read(open_labels("corrected", str(tmp_path)).pages) == {"1.jpg": []}


def test_an_unknown_kind_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=f"one of {', '.join(KINDS)}, got 'csv'"):
        open_labels("csv", ".")


def pages_of(counts: dict[str, int]) -> list[LabelledPage]:
    return [
        (Scan(f"{book}_{number:05d}_1.jpg", 1, "e"), Labels.empty())
        for book, count in counts.items()
        for number in range(count)
    ]


def books(pages: object) -> set[str]:
    assert isinstance(pages, list)
    return {scan.key.split("_")[0] for scan, _ in pages}


class TestSplit:
    def test_books_sorted_by_page_count_go_to_the_folds_in_turn(self) -> None:
        # by count: f(1) b(2) a(3) c(3) e(5) d(8) g(9)
        pages = pages_of({"a": 3, "b": 2, "c": 3, "d": 8, "e": 5, "f": 1, "g": 9})

        splits = [split_by_book(pages, fold=fold) for fold in range(5)]

        assert [books(split.validation) for split in splits] == [
            {"f", "d"},
            {"b", "g"},
            {"a"},
            {"c"},
            {"e"},
        ]

    def test_no_book_is_on_both_sides_and_no_page_is_lost(self) -> None:
        pages = pages_of({f"10000{n}": 1 + n % 4 for n in range(12)})

        for fold in range(5):
            split = split_by_book(pages, fold=fold)

            assert not books(split.training) & books(split.validation)
            assert len(split.training) + len(split.validation) == len(pages)

    def test_volumes_of_one_work_stay_together(self) -> None:
        names = ("umgy003-010", "umgy007-001", "hnsd001-001", "hnsd006-012", "brsk00_001", "1_1")
        pages = [(Scan(f"{name}.jpg", 1, "e"), Labels.empty()) for name in names]

        kept = [
            sorted(scan.key[:-4] for scan, _ in split_by_book(pages, fold=fold).validation)
            for fold in range(5)
        ]

        assert kept == [
            ["1_1"],
            ["brsk00_001"],
            ["hnsd001-001", "hnsd006-012"],
            ["umgy003-010", "umgy007-001"],
            [],
        ]

    def test_the_order_of_the_pages_does_not_matter(self) -> None:
        pages = pages_of({"a": 2, "b": 2, "c": 2, "d": 1})
        shuffled = [pages[i] for i in np.random.default_rng(0).permutation(len(pages))]

        for fold in range(5):
            assert books(split_by_book(pages, fold=fold).validation) == books(
                split_by_book(shuffled, fold=fold).validation
            )

    @pytest.mark.parametrize("fold", [-1, 5])
    def test_there_are_five_folds(self, fold: int) -> None:
        with pytest.raises(ValueError, match=f"got {fold}"):
            split_by_book([], fold=fold)

    def test_no_pages_are_no_error(self) -> None:
        assert not split_by_book([], fold=0).training
