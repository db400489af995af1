from pathlib import Path

import pytest

from tasks.object_store import DirectoryStore
from tasks.scans import Scan, book_of, book_of_name, is_scan, list_scans


@pytest.mark.parametrize(
    "key",
    ["a.jpg", "a.JPEG", "b/c.png", "源氏/一.TIF", "x.tiff", "x.WebP", "two.dots.jpg"],
)
def test_scans_are_known_by_their_suffix(key: str) -> None:
    assert is_scan(key)


@pytest.mark.parametrize(
    "key",
    [
        "notes.txt",
        "jpg",
        "a.jpg.part",
        "Thumbs.db",
        ".DS_Store",
        "._a.jpg",
        "book/._a.jpg",
        ".hidden/a.jpg",
        "__MACOSX/a.jpg",
        "book/@eaDir/a.jpg",
        "book.jpg/readme",
    ],
)
def test_what_is_no_scan_is_left_out(key: str) -> None:
    assert not is_scan(key)


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("*", ["[x]/1.jpg", "genji/a/1.jpg", "genji/b/1.jpg", "ise/1.jpg"]),
        ("genji/*", ["genji/a/1.jpg", "genji/b/1.jpg"]),
        ("*/a/*", ["genji/a/1.jpg"]),
        ("genji/?/1.jpg", ["genji/a/1.jpg", "genji/b/1.jpg"]),
        ("genji/[b-z]/*", ["genji/b/1.jpg"]),
        ("[[]x]/*", ["[x]/1.jpg"]),
        ("ise/1.jpg", ["ise/1.jpg"]),
        ("ise", []),
        ("../*", []),
        ("/*", []),
        ("", []),
    ],
)
def test_a_glob_selects_on_the_whole_key(tmp_path: Path, select: str, expected: list[str]) -> None:
    store = DirectoryStore(tmp_path)
    for key in ("genji/a/1.jpg", "genji/b/1.jpg", "ise/1.jpg", "[x]/1.jpg", "ise/notes.txt"):
        store.put(key, b"x")

    assert [scan.key for scan in list_scans(store, select)] == expected


def test_a_scan_carries_what_the_listing_told(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    etag = store.put("page.jpg", b"bytes")

    assert list(list_scans(store)) == [Scan("page.jpg", 5, etag)]


@pytest.mark.parametrize(
    ("key", "book"),
    [
        ("genji/001.jpg", "genji"),
        ("kyoto/genji/100_1.jpg", "kyoto/genji"),
        ("100241706_00004_2.jpg", "100241706"),
        ("umgy001-001.jpg", "umgy001"),
        ("genji012.jpg", "genji"),
        ("0001.jpg", "."),
        ("_1.jpg", "_"),
        ("cover.jpg", "cover"),
    ],
)
def test_the_book_is_the_folder_or_the_start_of_the_name(key: str, book: str) -> None:
    assert book_of(key) == book


@pytest.mark.parametrize(
    ("name", "book"),
    [
        ("100241706_00004_2", "100241706"),
        ("umgy007-028", "umgy007"),
        ("demo-ise_003", "demo"),
        ("genji.2_003", "genji.2"),
        ("cover", "cover"),
        ("_1", "_"),
        ("012", "."),
    ],
)
def test_where_no_folder_is_known_the_name_decides_alike(name: str, book: str) -> None:
    assert book_of_name(name) == book
    assert book_of(f"{name}.jpg") == book
