"""Corrections: nothing that somebody saved is lost, whatever happens at once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.corrections import CorrectedPage, CorrectionFormatError, correction_to_line
from tasks.object_store import DirectoryStore, ObjectStore, S3Store, open_store
from tasks.saved_corrections import (
    CORRECTIONS_KEY,
    CorrectionConflictError,
    CorrectionsFile,
    load_corrections,
    save_correction,
)


def page(key: str = "genji/001.jpg", codepoint: int = 0x3042) -> CorrectedPage:
    return CorrectedPage(key, ((codepoint, (1, 2, 30, 40)),))


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return DirectoryStore(tmp_path)
    bucket = request.getfixturevalue("s3_bucket")
    opened = open_store(f"s3://{bucket}/readings")
    assert isinstance(opened, S3Store)
    return opened


def test_a_damaged_file_is_named_with_its_line_and_not_written_over(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    damaged = f"{correction_to_line(page())}\n{{\n".encode()
    store.put(CORRECTIONS_KEY, damaged)

    with pytest.raises(CorrectionFormatError, match="line 2"):
        save_correction(store, page("genji/002.jpg"), None)

    assert store.get(CORRECTIONS_KEY) == damaged


def test_saving_keeps_the_other_pages(store: ObjectStore) -> None:
    first, second = page("genji/001.jpg"), page("genji/002.jpg")

    save_correction(store, first, None)
    save_correction(store, second, None)

    assert load_corrections(store) == {first.page: first, second.page: second}
    assert [info.key for info in store.list()] == [CORRECTIONS_KEY]


def test_a_page_corrected_again_has_one_line_the_latest(store: ObjectStore) -> None:
    before, after = page(codepoint=0x3042), page(codepoint=0x1B002)
    save_correction(store, before, None)

    save_correction(store, after, before.version)

    assert store.get(CORRECTIONS_KEY).decode() == f"{correction_to_line(after)}\n"


@pytest.mark.parametrize("base", [None, page(codepoint=0x3044).version], ids=["none", "older"])
def test_a_correction_that_does_not_know_the_saved_one_never_replaces_it(
    store: ObjectStore, base: str | None
) -> None:
    saved = page()
    save_correction(store, saved, None)

    with pytest.raises(CorrectionConflictError, match=saved.page):
        save_correction(store, page(codepoint=0x3046), base)

    assert load_corrections(store) == {saved.page: saved}


def test_two_who_save_at_once_lose_nothing(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    pages = [page(f"genji/{number:03}.jpg") for number in range(12)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda correction: save_correction(store, correction, None), pages))

    assert load_corrections(store) == {correction.page: correction for correction in pages}


def test_the_lock_of_a_killed_process_does_not_last(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.put_if_absent("corrections.jsonl.lock", b"")
    long_ago = time.time() - 3600
    os.utime(tmp_path / "corrections.jsonl.lock", (long_ago, long_ago))

    save_correction(store, page(), None)

    assert load_corrections(store) == {page().page: page()}


def test_a_held_file_follows_what_others_save(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    held = CorrectionsFile(store)
    assert held.load() == {}

    save_correction(store, page(), None)

    assert held.load() == {page().page: page()}
