import io
from pathlib import Path

import cv2
import pytest
from PIL import Image

from tasks.fetch import FailedPage, FetchedPage, fetch_page
from tasks.object_store import (
    ContainerNotFoundError,
    CredentialsError,
    DirectoryStore,
    ObjectTooLargeError,
    S3Store,
    StoreAccessError,
    StoreUnavailableError,
)
from tasks.scans import Scan, list_scans


def png(value: int = 0) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (30, 40), value).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


def listed(store: DirectoryStore | S3Store) -> Scan:
    return next(list_scans(store))


def test_a_page_is_fetched_and_reduced(store: DirectoryStore) -> None:
    store.put("book/page.png", png())

    fetched = fetch_page(store, listed(store), max_long_side=20)

    assert isinstance(fetched, FetchedPage)
    assert fetched.page.image_HW3.shape == (20, 15, 3)
    assert (fetched.page.page_height, fetched.page.page_width) == (40, 30)
    assert min(fetched.fetch_seconds, fetched.decode_seconds) > 0


def test_opencv_has_no_threads_beside_those_that_fetch(store: DirectoryStore) -> None:
    store.put("book/page.png", png())
    cv2.setNumThreads(2)

    fetch_page(store, listed(store))

    assert cv2.getNumThreads() == 1


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"", "empty"), (b"text", "not-an-image"), (png()[:40], "truncated")],
)
def test_bad_bytes_are_a_value(store: DirectoryStore, data: bytes, kind: str) -> None:
    store.put("page.jpg", data)

    failed = fetch_page(store, listed(store))

    assert isinstance(failed, FailedPage)
    assert failed.kind == kind
    assert failed.scan.key == "page.jpg"


def test_a_page_deleted_after_listing_is_missing(store: DirectoryStore) -> None:
    store.put("page.png", png())
    scan = listed(store)
    store.delete("page.png")

    failed = fetch_page(store, scan)

    assert isinstance(failed, FailedPage)
    assert failed.kind == "missing"
    assert str(store.root) not in failed.message


def test_a_page_replaced_after_listing_has_changed(store: DirectoryStore) -> None:
    store.put("page.png", png())
    scan = listed(store)
    store.put("page.png", png(200) + b"more")

    failed = fetch_page(store, scan)

    assert isinstance(failed, FailedPage)
    assert failed.kind == "changed"


def test_a_bucket_can_hold_names_that_are_refused(s3_bucket: str) -> None:
    store = S3Store(s3_bucket)
    store.client.put_object(Bucket=s3_bucket, Key="a//b.png", Body=png())

    failed = fetch_page(store, listed(store))

    assert isinstance(failed, FailedPage)
    assert failed.kind == "bad-name"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StoreAccessError("no permission for 'page.png'"), "denied"),
        (StoreUnavailableError("no answer"), "unavailable"),
        (ObjectTooLargeError("too many bytes"), "too-large"),
    ],
)
def test_a_refusal_is_a_value(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: str
) -> None:
    def refuse(*_arguments: object, **_options: object) -> bytes:
        raise error

    monkeypatch.setattr(DirectoryStore, "get", refuse)

    failed = fetch_page(store, Scan("page.png", 1, "e"))

    assert isinstance(failed, FailedPage)
    assert (failed.kind, failed.message) == (kind, str(error))


@pytest.mark.parametrize("error", [CredentialsError("expired"), ContainerNotFoundError("gone")])
def test_what_is_no_fault_of_the_page_is_raised(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_arguments: object, **_options: object) -> bytes:
        raise error

    monkeypatch.setattr(DirectoryStore, "get", refuse)

    with pytest.raises(type(error)):
        fetch_page(store, Scan("page.png", 1, "e"))
