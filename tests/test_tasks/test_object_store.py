"""One contract for every store, then what is particular to each."""

import io
import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import botocore.exceptions
import faulty_proxy
import pytest
from botocore.response import StreamingBody
from faulty_proxy import Fault, FaultyProxy

from tasks.object_store import (
    ContainerNotFoundError,
    CredentialsError,
    DirectoryStore,
    InvalidKeyError,
    InvalidLocationError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectTooLargeError,
    S3Store,
    StoreAccessError,
    StoreError,
    StoreUnavailableError,
    open_store,
)
from tasks.object_store import errors as error_types


@pytest.fixture(params=["directory", "s3_bucket", "ceph_folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return open_store(str(tmp_path / "out"), create=True)
    bucket: str = request.getfixturevalue(request.param)
    return open_store(f"s3://{bucket}/some/prefix/")


@pytest.fixture
def s3_store(s3_bucket: str) -> S3Store:
    return S3Store(s3_bucket)


@pytest.fixture
def directory_store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


class TestContract:
    @pytest.mark.parametrize(
        "key",
        [
            "page.jpg",
            "源氏物語/巻一/頁 0001.jpg",
            "か\u3099.jpg",  # decomposed, as macOS writes it
            "hentaigana \U0001b002.png",
            "a+b&c=d%2Fe#f?g.jpg",
            "back\\slash.jpg",
            "<img onerror=alert(1)>.jpg",
            "-rf.jpg",
        ],
    )
    def test_any_name_comes_back_as_written(self, store: ObjectStore, key: str) -> None:
        etag = store.put(key, b"bytes")

        listed = list(store.list())

        assert [(info.key, info.size, info.etag) for info in listed] == [(key, 5, etag)]
        assert store.get(key) == b"bytes"
        assert store.head(key) == listed[0]

    @pytest.mark.parametrize(
        "key",
        ["", "/etc/passwd", "..", "../up", "a/../../b", "a//b", "a/", "./a", "nul\0", "\ud800"],
    )
    def test_a_key_that_could_leave_the_root_is_refused(self, store: ObjectStore, key: str) -> None:
        for operation in (store.get, store.open, store.head, store.delete):
            with pytest.raises(InvalidKeyError):
                operation(key)
        with pytest.raises(InvalidKeyError):
            store.put(key, b"")
        with pytest.raises(InvalidKeyError):
            store.put_if_absent(key, b"")

    def test_a_name_that_is_too_long_is_refused(self, store: ObjectStore) -> None:
        with pytest.raises(InvalidKeyError):
            store.put("x" * 1025, b"")

    def test_keys_are_listed_in_code_point_order(self, store: ObjectStore) -> None:
        keys = ["a", "a b/c", "a-b", "a.jpg", "a/b", "a/b.c", "a0", "あ/一", "あ0", "\U0001b002"]
        for key in reversed(keys):
            if key != "a":  # a directory cannot hold both "a" and "a/b"
                store.put(key, b"")

        listed = [info.key for info in store.list()]

        assert listed == sorted(keys[1:]) == keys[1:]

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [("", ["a", "b c", "源氏"]), ("a/", ["1", "2"]), ("a/1/", []), ("none/", []), ("b c/", [])],
    )
    def test_folders_are_named_once_and_in_order(
        self, store: ObjectStore, prefix: str, expected: list[str]
    ) -> None:
        for key in ("源氏/1.jpg", "b c/1.jpg", "a/2/1.jpg", "a/1/1.jpg", "a/1/2.jpg", "a/3", "d"):
            store.put(key, b"")

        assert list(store.folders(prefix)) == expected

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("", ["a/b/1", "a/b/2", "a/bc", "b"]),
            ("a", ["a/b/1", "a/b/2", "a/bc"]),
            ("a/b", ["a/b/1", "a/b/2", "a/bc"]),
            ("a/b/", ["a/b/1", "a/b/2"]),
            ("a/b/2", ["a/b/2"]),
            ("missing/folder", []),
            ("b/c", []),
        ],
    )
    def test_a_prefix_selects_by_text(
        self, store: ObjectStore, prefix: str, expected: list[str]
    ) -> None:
        for key in ("a/b/1", "a/b/2", "a/bc", "b"):
            store.put(key, b"")

        assert [info.key for info in store.list(prefix)] == expected

    def test_a_listing_of_many_pages_is_complete(self, store: ObjectStore) -> None:
        # S3 answers at most 1,000 keys at a time.
        keys = [f"book {n % 3}/page_{n:04}.jpg" for n in range(1050)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: store.put(key, b"x"), keys))

        listed = [info.key for info in store.list()]

        assert listed == sorted(keys)

    def test_an_empty_store_lists_nothing(self, store: ObjectStore) -> None:
        assert list(store.list()) == []

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        store.put("empty", b"")

        assert store.get("empty") == b""
        assert store.head("empty").size == 0
        with store.open("empty") as file:
            assert file.read() == b""

    def test_overwriting_replaces_bytes_and_version(self, store: ObjectStore) -> None:
        first = store.put("page", b"old")

        second = store.put("page", b"newer")

        assert store.get("page", etag=second) == b"newer"
        assert first != second
        assert len(list(store.list())) == 1

    def test_another_version_is_not_returned(self, store: ObjectStore) -> None:
        etag = store.put("page", b"old")
        store.put("page", b"newer")

        with pytest.raises(ObjectChangedError, match="page"):
            store.get("page", etag=etag)

    def test_a_large_object_is_refused_before_reading(self, store: ObjectStore) -> None:
        store.put("page", b"12345")

        with pytest.raises(ObjectTooLargeError, match="at most 4 bytes, got 5"):
            store.get("page", max_bytes=4)
        assert store.get("page", max_bytes=5) == b"12345"

    def test_a_missing_object_is_said_to_be_missing(self, store: ObjectStore) -> None:
        for operation in (store.get, store.open, store.head):
            with pytest.raises(ObjectNotFoundError, match=r"no object 'books/x\.jpg'"):
                operation("books/x.jpg")

    def test_a_folder_is_no_object(self, store: ObjectStore) -> None:
        store.put("folder/page", b"")

        with pytest.raises(ObjectNotFoundError):
            store.get("folder")

    def test_deleting_twice_is_fine(self, store: ObjectStore) -> None:
        store.put("page", b"")

        store.delete("page")
        store.delete("page")

        assert list(store.list()) == []

    def test_put_if_absent_keeps_the_first(self, store: ObjectStore) -> None:
        written = [store.put_if_absent("a/lock", data) for data in (b"first", b"second")]

        assert written == [True, False]
        assert store.get("a/lock") == b"first"

    def test_put_if_absent_lets_one_of_many_win(self, store: ObjectStore) -> None:
        barrier = Barrier(8)

        def write(number: int) -> bool:
            barrier.wait()
            return store.put_if_absent("lock", b"%d" % number)

        with ThreadPoolExecutor(8) as pool:
            winners = [number for number, won in enumerate(pool.map(write, range(8))) if won]

        assert [b"%d" % number for number in winners] == [store.get("lock")]

    def test_ranged_reading_sees_the_same_bytes(self, store: ObjectStore) -> None:
        data = os.urandom(300_000)
        store.put("part", data)
        whole = io.BytesIO(data)

        with store.open("part") as file:
            for offset, whence, length in [
                (-8, io.SEEK_END, 8),
                (0, io.SEEK_SET, 4),
                (100_000, io.SEEK_SET, 150_000),
                (10, io.SEEK_CUR, 70_000),
                (400_000, io.SEEK_SET, 5),
                (299_999, io.SEEK_SET, 5),
            ]:
                assert file.seek(offset, whence) == whole.seek(offset, whence)
                assert file.read(length) == whole.read(length)
                assert file.tell() == whole.tell()
            file.seek(0)
            assert file.read() == data

    def test_it_travels_to_another_process(self, store: ObjectStore) -> None:
        store.put("page", b"bytes")

        copy: ObjectStore = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes

        assert copy.location == store.location
        assert copy.get("page") == b"bytes"


class TestDirectory:
    def test_unfinished_writes_are_not_listed(self, directory_store: DirectoryStore) -> None:
        (directory_store.root / ".kuzushiji-0123456789abcdef.tmp").write_bytes(b"half")

        assert list(directory_store.list()) == []

    def test_a_failed_write_leaves_nothing(
        self, directory_store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        directory_store.put("page", b"old")

        def full_disk(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full_disk)
        with pytest.raises(StoreUnavailableError, match="No space left"):
            directory_store.put("page", b"new")

        assert [path.name for path in directory_store.root.iterdir()] == ["page"]
        assert directory_store.get("page") == b"old"

    def test_links_are_followed_but_not_in_circles(self, directory_store: DirectoryStore) -> None:
        directory_store.put("a/page", b"1")
        (directory_store.root / "a/loop").symlink_to(directory_store.root)
        (directory_store.root / "a/self").symlink_to(directory_store.root / "a/self")
        (directory_store.root / "a/broken").symlink_to("nowhere")
        (directory_store.root / "b").symlink_to("a")

        listed = [info.key for info in directory_store.list()]

        assert listed == ["a/page", "b/page"]

    def test_a_name_that_is_no_utf8_can_be_read(self, directory_store: DirectoryStore) -> None:
        name = "頁.jpg".encode("shift_jis")
        Path(os.fsdecode(os.path.join(os.fsencode(directory_store.root), name))).write_bytes(b"x")  # noqa: PTH118 - a bytes path

        (info,) = directory_store.list()

        assert info.key == r"\x95\xc5.jpg"
        assert directory_store.get(info.key, etag=info.etag) == b"x"

    def test_a_name_with_a_line_break_is_a_name(self, directory_store: DirectoryStore) -> None:
        directory_store.put("line\nbreak.jpg", b"x")

        assert [info.key for info in directory_store.list()] == ["line\nbreak.jpg"]

    def test_a_pipe_is_neither_listed_nor_opened(self, directory_store: DirectoryStore) -> None:
        os.mkfifo(directory_store.root / "pipe.jpg")

        assert list(directory_store.list()) == []
        with pytest.raises(StoreAccessError):
            directory_store.get("pipe.jpg")

    def test_a_forbidden_file_is_an_access_error(
        self, directory_store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        directory_store.put("page", b"")

        def forbid(*_arguments: object) -> None:  # the tests may run as root, whom no mode stops
            raise PermissionError(13, "Permission denied", "/private/path")

        monkeypatch.setattr(Path, "open", forbid)

        with pytest.raises(StoreAccessError, match="no permission for 'page'") as caught:
            directory_store.get("page")
        assert "/private" not in str(caught.value)

    @pytest.mark.parametrize("key", ["file/below", "folder"])
    def test_a_file_and_a_folder_cannot_share_a_name(
        self, directory_store: DirectoryStore, key: str
    ) -> None:
        directory_store.put("file", b"")
        directory_store.put("folder/page", b"")

        with pytest.raises(InvalidKeyError):
            directory_store.put(key, b"")

    def test_a_segment_beyond_the_file_system_is_refused(
        self, directory_store: DirectoryStore
    ) -> None:
        for operation in (directory_store.get, directory_store.head, directory_store.delete):
            with pytest.raises(InvalidKeyError):
                operation("x" * 300)
        with pytest.raises(InvalidKeyError):
            directory_store.put("x" * 300, b"")


class TestS3:
    def test_keys_that_a_directory_cannot_hold_are_listed(self, s3_store: S3Store) -> None:
        s3_store.client.put_object(Bucket=s3_store._bucket, Key="a//b.jpg", Body=b"")
        s3_store.client.put_object(Bucket=s3_store._bucket, Key="marker/", Body=b"")

        assert [info.key for info in s3_store.list()] == ["a//b.jpg"]

    def test_only_what_is_read_travels(
        self, s3_store: S3Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        s3_store.put("part", bytes(10_000_000))
        ranges: list[str] = []
        get_object: Callable[..., object] = s3_store.client.get_object

        def counted(**request: str) -> object:
            ranges.append(request["Range"])
            return get_object(**request)

        monkeypatch.setattr(s3_store.client, "get_object", counted)
        with s3_store.open("part") as file:
            file.seek(-8, io.SEEK_END)
            file.read(8)

        assert ranges == ["bytes=9999992-9999999"]

    def test_a_changed_object_is_noticed_between_ranges(self, s3_store: S3Store) -> None:
        s3_store.put("part", b"a" * 200_000)

        with s3_store.open("part") as file:
            file.read(10)
            s3_store.put("part", b"b" * 200_000)
            file.seek(150_000)
            with pytest.raises(ObjectChangedError):
                file.read(10)

    @pytest.mark.parametrize("broken", [1, 2, 3])
    def test_a_truncated_body_is_asked_for_again(
        self, s3_store: S3Store, monkeypatch: pytest.MonkeyPatch, broken: int
    ) -> None:
        etag = s3_store.put("page", b"12345")
        answers = [b"123"] * broken + [b"12345"]

        def get_object(**_request: object) -> dict[str, object]:
            body = StreamingBody(io.BytesIO(answers.pop(0)), 5)
            return {"Body": body, "ContentLength": 5, "ETag": f'"{etag}"'}

        monkeypatch.setattr(s3_store.client, "get_object", get_object)

        if broken < 3:
            assert s3_store.get("page") == b"12345"
        else:
            with pytest.raises(StoreUnavailableError, match="broke off"):
                s3_store.get("page")

    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            (faulty_proxy.halved, "S3 answered 500"),  # so botocore calls XML that it cannot read
            (faulty_proxy.emptied, "the listing of s3://.* broke off"),
        ],
    )
    def test_a_listing_that_stays_broken_is_no_empty_bucket(
        self, s3_store: S3Store, s3_faults: FaultyProxy, fault: Fault, sentence: str
    ) -> None:
        s3_store.put("page", b"")
        s3_faults.break_("GET", "list-type=2", fault)

        with pytest.raises(StoreUnavailableError, match=f"{sentence}.*; run again"):
            list(s3_store.list())

    @pytest.mark.parametrize("header", ["ETag", "Content-Length"])
    def test_an_answer_without_version_or_length_is_none(
        self, s3_store: S3Store, s3_faults: FaultyProxy, header: str
    ) -> None:
        s3_store.put("page", b"12345")
        s3_faults.break_("GET", "page", faulty_proxy.without(header))

        with pytest.raises(StoreUnavailableError, match="no version or length"):
            s3_store.get("page")

    @pytest.mark.parametrize(
        ("code", "status", "expected"),
        [
            ("AccessDenied", 403, StoreAccessError),
            ("403", 403, StoreAccessError),
            ("NoSuchBucket", 404, ContainerNotFoundError),
            ("NoSuchKey", 404, ObjectNotFoundError),
            ("InvalidAccessKeyId", 403, CredentialsError),
            ("SignatureDoesNotMatch", 403, CredentialsError),
            ("ExpiredToken", 400, CredentialsError),
            ("SlowDown", 503, StoreUnavailableError),
            ("InternalError", 500, StoreUnavailableError),
        ],
    )
    def test_an_answer_becomes_one_sentence_without_server_text(
        self,
        s3_store: S3Store,
        monkeypatch: pytest.MonkeyPatch,
        code: str,
        status: int,
        expected: type[StoreError],
    ) -> None:
        def refuse(**_request: object) -> None:
            answer: Any = {
                "Error": {"Code": code, "Message": "user AKIA-PRIVATE"},
                "ResponseMetadata": {"HTTPStatusCode": status},
            }
            raise botocore.exceptions.ClientError(answer, "GetObject")

        monkeypatch.setattr(s3_store.client, "get_object", refuse)

        with pytest.raises(expected, match="page") as caught:
            s3_store.get("page")
        assert "AKIA" not in str(caught.value)

    @pytest.mark.parametrize(("existing", "written"), [(b"mine", True), (b"theirs", False)])
    def test_a_write_whose_answer_was_lost_is_recognised(
        self, s3_store: S3Store, monkeypatch: pytest.MonkeyPatch, existing: bytes, *, written: bool
    ) -> None:
        s3_store.put("lock", existing)

        def conflict_after_retry(**_request: object) -> None:
            answer: Any = {
                "Error": {"Code": "PreconditionFailed"},
                "ResponseMetadata": {"HTTPStatusCode": 412, "RetryAttempts": 1},
            }
            raise botocore.exceptions.ClientError(answer, "PutObject")

        monkeypatch.setattr(s3_store.client, "put_object", conflict_after_retry)

        assert s3_store.put_if_absent("lock", b"mine") is written


class TestOpenStore:
    def test_a_missing_directory_is_made_only_when_asked(self, tmp_path: Path) -> None:
        location = str(tmp_path / "new" / "folder")

        with pytest.raises(ContainerNotFoundError, match="create it"):
            open_store(location)
        store = open_store(location, create=True)

        assert store.location == location
        assert Path(location).is_dir()

    @pytest.mark.parametrize(
        "location",
        [
            "",
            "ftp://server/folder",
            "gs://bucket/folder",
            "s3://",
            "s3:///x",
            "s3://key:secret@b/x",
        ],
    )
    def test_an_unknown_kind_of_location_is_refused(self, location: str) -> None:
        with pytest.raises(InvalidLocationError) as caught:
            open_store(location)

        assert "secret" not in str(caught.value)

    def test_a_file_is_no_archive(self, tmp_path: Path) -> None:
        (tmp_path / "page.jpg").touch()

        for create in (False, True):
            with pytest.raises(ContainerNotFoundError, match="is a file"):
                open_store(str(tmp_path / "page.jpg"), create=create)

    @pytest.mark.usefixtures("s3_environment")
    def test_the_stores_of_a_process_share_one_client_while_its_environment_stays(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = S3Store("archive")
        carried: S3Store = pickle.loads(pickle.dumps(first))  # noqa: S301 - our own bytes
        assert first.client is carried.client is S3Store("readings").client

        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")

        assert S3Store("archive").client is not first.client

    @pytest.mark.usefixtures("s3_environment")
    @pytest.mark.parametrize("create", [False, True])
    def test_a_missing_bucket_is_never_made(self, *, create: bool) -> None:
        with pytest.raises(ContainerNotFoundError, match="create the bucket or correct"):
            open_store("s3://no-such-bucket/prefix", create=create)

    def test_a_prefix_cannot_leave_the_bucket(self, s3_bucket: str) -> None:
        with pytest.raises(InvalidKeyError):
            open_store(f"s3://{s3_bucket}/a/../b")

    def test_missing_credentials_are_explained(
        self, s3_bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

        with pytest.raises(CredentialsError, match="set AWS_ACCESS_KEY_ID"):
            open_store(f"s3://{s3_bucket}")

    @pytest.mark.usefixtures("s3_environment")
    def test_a_missing_profile_is_explained(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody")

        with pytest.raises(CredentialsError, match="AWS_PROFILE"):
            open_store("s3://bucket")

    def test_an_endpoint_without_server_is_explained(
        self, s3_bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        monkeypatch.setattr("time.sleep", lambda _seconds: None)  # botocore's back-off

        with pytest.raises(StoreUnavailableError, match="check the network"):
            open_store(f"s3://{s3_bucket}")

    @pytest.mark.parametrize("endpoint", ["user:secret@host", "http://user:secret@127.0.0.1:1"])
    def test_an_endpoint_that_is_no_url_or_holds_a_password_is_explained(
        self, s3_bucket: str, monkeypatch: pytest.MonkeyPatch, endpoint: str
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)

        with pytest.raises(InvalidLocationError, match="AWS_ENDPOINT_URL") as caught:
            open_store(f"s3://{s3_bucket}")
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "error_type",
    [t for t in vars(error_types).values() if isinstance(t, type) and issubclass(t, StoreError)],
)
def test_errors_travel_to_another_process(error_type: type[StoreError]) -> None:
    copy = pickle.loads(pickle.dumps(error_type("one sentence")))  # noqa: S301 - our own bytes

    assert type(copy) is error_type
    assert str(copy) == "one sentence"
