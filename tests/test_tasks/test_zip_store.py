"""A zip file as a store: what is read is bounded and checked, names cannot lead out of it."""

import io
import os
import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.object_store import (
    InvalidKeyError,
    InvalidLocationError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectTooLargeError,
    StoreAccessError,
    StoreError,
    open_store,
    zipped,
)
from tasks.object_store.zipped import ZipStore, open_zip

MEMBERS = {"b.jpg": b"second", "a/1.jpg": b"first" * 30_000, "あ.jpg": b""}


def pack(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.fixture(params=["directory", "s3"])
def container(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return open_store(str(tmp_path))
    bucket: str = request.getfixturevalue("s3_bucket")
    return open_store(f"s3://{bucket}/some/prefix")


@pytest.fixture
def folder(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_listed_and_read_as_objects(container: ObjectStore, method: int) -> None:
    container.put("x.zip", b"before the archive" + pack(MEMBERS, method))

    store = open_zip(container, "x.zip")

    assert {info.key: store.get(info.key, etag=info.etag) for info in store.list()} == MEMBERS
    assert [info.key for info in store.list()] == sorted(MEMBERS)
    assert list(store.folders()) == ["a"]
    assert [info.key for info in store.list("a/")] == ["a/1.jpg"]
    assert [store.head(info.key) for info in store.list()] == list(store.list())
    with store.open("b.jpg") as file:
        assert (file.seek(2), file.read()) == (2, b"cond")


def test_a_folder_in_it_can_be_the_store(folder: ObjectStore) -> None:
    folder.put("x.zip", pack(MEMBERS))

    store = open_zip(folder, "x.zip", "a")

    assert [info.key for info in store.list()] == ["1.jpg"]
    assert store.get("1.jpg") == MEMBERS["a/1.jpg"]
    assert store.location.endswith("x.zip/a")
    with pytest.raises(ObjectNotFoundError):
        store.get("b.jpg")


def test_a_pickled_store_reads_on(container: ObjectStore) -> None:
    container.put("x.zip", pack(MEMBERS))

    carried = pickle.dumps(open_zip(container, "x.zip"))
    store: ZipStore = pickle.loads(carried)  # noqa: S301 - our own bytes

    assert len(carried) < 1000
    assert store.get("b.jpg") == b"second"


def test_folders_in_it_are_no_objects(folder: ObjectStore) -> None:
    folder.put("x.zip", pack({"a/": b"", "a/1.jpg": b"x"}))

    assert [info.key for info in open_zip(folder, "x.zip").list()] == ["a/1.jpg"]


def test_repacking_keeps_a_members_version_and_new_bytes_change_it(folder: ObjectStore) -> None:
    folder.put("x.zip", pack(MEMBERS))
    folder.put("y.zip", pack({**MEMBERS, "b.jpg": b"Second"}, zipfile.ZIP_STORED))
    before, after = open_zip(folder, "x.zip"), open_zip(folder, "y.zip")

    assert before.head("a/1.jpg").etag == after.head("a/1.jpg").etag
    assert before.head("b.jpg").etag != after.head("b.jpg").etag
    with pytest.raises(ObjectChangedError):
        after.get("b.jpg", etag=before.head("b.jpg").etag)


def test_writing_is_refused(folder: ObjectStore) -> None:
    folder.put("x.zip", pack(MEMBERS))
    store = open_zip(folder, "x.zip")
    writes: list[Callable[[], Any]] = [
        lambda: store.put("b.jpg", b""),
        lambda: store.put_if_absent("c.jpg", b""),
        lambda: store.delete("b.jpg"),
    ]

    for write in writes:
        with pytest.raises(StoreAccessError, match="write elsewhere"):
            write()


@pytest.mark.parametrize("name", ["../up.jpg", "/etc/passwd", "a/../../b", "a//b", "./a"])
def test_a_name_that_could_lead_out_is_refused(folder: ObjectStore, name: str) -> None:
    folder.put("x.zip", pack({name: b""}))

    with pytest.raises(InvalidKeyError, match="unsafe name"):
        open_zip(folder, "x.zip")


def test_two_members_of_one_name_are_refused(folder: ObjectStore) -> None:
    folder.put("x.zip", pack({"a": b"1", "b": b"2"}).replace(b"b", b"a"))

    with pytest.raises(InvalidLocationError, match="two members 'a'"):
        open_zip(folder, "x.zip")


def test_a_name_cut_by_a_nul_is_refused(folder: ObjectStore) -> None:
    folder.put("x.zip", pack({"a.jpg_.exe": b"1"}).replace(b"_", b"\0"))

    with pytest.raises(InvalidKeyError, match="NUL"):
        open_zip(folder, "x.zip")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no zip at all", pack(MEMBERS)[:-30], pack(MEMBERS)[-200:]]
)
def test_what_is_no_complete_zip_is_refused(folder: ObjectStore, content: bytes) -> None:
    folder.put("x.zip", content)

    with pytest.raises(InvalidLocationError, match="no complete zip file"):
        open_zip(folder, "x.zip")


@pytest.mark.parametrize("field", [pytest.param(20, id="size"), pytest.param(42, id="offset")])
def test_a_table_that_points_outside_the_file_is_refused(folder: ObjectStore, field: int) -> None:
    content = bytearray(pack({"a": b"1"}))
    entry = content.index(b"PK\1\2")
    content[entry + field : entry + field + 4] = b"\xf0\xff\xff\x7f"
    folder.put("x.zip", bytes(content))

    with pytest.raises(InvalidLocationError, match="no complete zip file"):
        open_zip(folder, "x.zip")


def test_zips_of_one_name_and_version_in_two_places_are_told_apart(tmp_path: Path) -> None:
    for place in ("a", "b"):
        path = tmp_path / place / "x.zip"
        path.parent.mkdir()
        path.write_bytes(pack({place: b"1"}))
        os.utime(path, ns=(1, 1))

    stores = [open_zip(open_store(str(tmp_path / place)), "x.zip") for place in ("a", "b")]

    assert stores[0].etag == stores[1].etag
    assert [[info.key for info in store.list()] for store in stores] == [["a"], ["b"]]


def test_a_missing_zip_or_member_is_said(folder: ObjectStore) -> None:
    folder.put("x.zip", pack(MEMBERS))

    with pytest.raises(ObjectNotFoundError):
        open_zip(folder, "y.zip")
    with pytest.raises(ObjectNotFoundError, match=r"'c.jpg' in 'x.zip'"):
        open_zip(folder, "x.zip").get("c.jpg")


def test_a_member_larger_than_allowed_is_not_unpacked(
    folder: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("x.zip", pack({"bomb": bytes(1 << 20)}))
    store = open_zip(folder, "x.zip")

    with pytest.raises(ObjectTooLargeError, match="at most 1000 bytes, got 1048576"):
        store.get("bomb", max_bytes=1000)
    monkeypatch.setattr(zipped, "MAX_MEMBER_BYTES", 1 << 19)
    with pytest.raises(ObjectTooLargeError):
        store.get("bomb")


def test_a_member_that_unfolds_to_more_than_announced_is_damaged(folder: ObjectStore) -> None:
    honest = pack({"bomb": bytes(1 << 20)})
    folder.put("x.zip", honest.replace((1 << 20).to_bytes(4, "little"), (8).to_bytes(4, "little")))

    with pytest.raises(ObjectChangedError, match="damaged"):
        open_zip(folder, "x.zip").get("bomb")


@pytest.mark.parametrize("offset", [0, 5, 32, 60])
def test_damaged_bytes_are_never_returned(folder: ObjectStore, offset: int) -> None:
    content = bytearray(pack({"a.bin": bytes(range(256)) * 4}))
    content[offset] ^= 0x55
    folder.put("x.zip", bytes(content))
    store = open_zip(folder, "x.zip")

    try:
        data = store.get("a.bin")
    except StoreError:
        return
    assert data == bytes(range(256)) * 4


def test_a_zip_replaced_while_it_is_read_is_noticed(folder: ObjectStore) -> None:
    folder.put("x.zip", pack(MEMBERS))
    store = open_zip(folder, "x.zip")
    folder.put("x.zip", pack({name: data + b"!" for name, data in MEMBERS.items()}))

    with pytest.raises(ObjectChangedError):
        store.get("b.jpg")
    zipped._read_contents.cache_clear()  # another process has nothing remembered
    with pytest.raises(ObjectChangedError, match="since it was opened"):
        store.get("b.jpg")


def test_an_unusual_method_is_said(folder: ObjectStore) -> None:
    folder.put("x.zip", pack({"a": b"1"}, zipfile.ZIP_BZIP2))

    with pytest.raises(StoreAccessError, match="method 12"):
        open_zip(folder, "x.zip").get("a")


def test_an_encrypted_member_is_said(folder: ObjectStore) -> None:
    content = bytearray(pack({"a": b"1"}))
    content[content.index(b"PK\1\2") + 8] |= 1
    folder.put("x.zip", bytes(content))

    with pytest.raises(StoreAccessError, match="encrypted"):
        open_zip(folder, "x.zip").get("a")


@pytest.mark.parametrize("name", ["test_images.zip", "folder/Test.ZIP"])
def test_a_zip_file_is_a_location(container: ObjectStore, name: str) -> None:
    container.put(name, pack(MEMBERS))

    store = open_store(f"{container.location}/{name}")

    assert [info.key for info in store.list()] == sorted(MEMBERS)
    assert store.location == f"{container.location}/{name}"


def test_a_folder_called_like_a_zip_file_is_a_folder(container: ObjectStore) -> None:
    container.put("old.zip/1.jpg", b"page")

    assert open_store(f"{container.location}/old.zip").get("1.jpg") == b"page"


def test_a_zip_file_at_the_top_of_a_bucket_is_a_location(s3_bucket: str) -> None:
    open_store(f"s3://{s3_bucket}").put("x.zip", pack(MEMBERS))

    assert open_store(f"s3://{s3_bucket}/x.zip").get("b.jpg") == b"second"


def test_what_is_called_like_a_zip_file_and_is_none_is_refused(folder: ObjectStore) -> None:
    folder.put("x.zip", b"text")

    with pytest.raises(InvalidLocationError, match="no complete zip file"):
        open_store(f"{folder.location}/x.zip")
