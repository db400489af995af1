"""A manifest or collection as a store: listed without images, fetched one by one."""

import io
import json
import pickle
import re
from pathlib import Path

import pytest
from iiif_server import Answer, IiifServer, collection_3, manifest_3
from PIL import Image

from tasks.fetch import FailedPage, FetchedPage, fetch_page
from tasks.iiif_sources import write_sources
from tasks.object_store import (
    IiifStore,
    InvalidKeyError,
    InvalidLocationError,
    ObjectChangedError,
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    open_store,
)
from tasks.object_store.iiif import books
from tasks.object_store.iiif.books import folder_of
from tasks.object_store.iiif.web import Web
from tasks.scans import book_of, list_scans


def opened(web: Web, url: str, opening: str = "first") -> IiifStore:
    return IiifStore(url, opening, web)


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_a_manifest_is_a_folder_of_canvases(web: Web, server: IiifServer, version: str) -> None:
    server.version = version
    url = server.add_book("ise")
    store = opened(web, url)

    scans = list(list_scans(store))

    folder = folder_of(url)
    assert re.fullmatch(r"ise-[0-9a-f]{8}", folder)
    assert [scan.key for scan in scans] == [f"{folder}/0000{n}.jpg" for n in (1, 2, 3)]
    assert {book_of(scan.key) for scan in scans} == {folder}
    assert len({scan.etag for scan in scans}) == 3
    assert server.asked == ["/ise/manifest.json"]
    with Image.open(io.BytesIO(store.get(scans[1].key, etag=scans[1].etag))) as image:
        assert image.size == (200, 300)


def test_a_large_image_arrives_in_the_readers_size(web: Web, server: IiifServer) -> None:
    store = opened(web, server.add_book("large", 1, 1500, 2000))

    page = fetch_page(store, next(list_scans(store)), 1360)

    assert isinstance(page, FetchedPage)
    assert (page.page.page_width, page.page.page_height) == (1020, 1360)
    assert server.images_asked() == ["/images/large-0/full/1020,/0/default.jpg"]


def test_an_image_without_a_service_is_fetched_as_it_is(web: Web, server: IiifServer) -> None:
    url = server.add_book("plain", 1)
    body = server.documents["/plain/manifest.json"]["items"][0]["items"][0]["items"][0]["body"]
    del body["service"]
    store = opened(web, url)

    assert store.open(next(store.list()).key).read().startswith(b"\xff\xd8")
    assert server.asked[1:] == ["/images/plain-0/full/max/0/default.jpg"]


def test_a_collection_lists_its_books_in_key_order(web: Web, server: IiifServer) -> None:
    inner = collection_3("", {server.add_book("b", 1): "Manifest"})
    members = {
        server.add_book("c", 1): "Manifest",
        server.add_document("/inner", inner): "Collection",
        server.add_book("a", 2): "Manifest",
    }
    store = opened(web, server.add_document("/all", collection_3("", members)))

    keys = [info.key for info in store.list()]

    assert [key[0] for key in keys] == ["a", "a", "b", "c"]
    assert keys == sorted(keys)
    assert "/c/manifest.json" in server.asked


def test_only_the_books_of_a_prefix_are_asked_for(web: Web, server: IiifServer) -> None:
    members = {server.add_book(name, 1): "Manifest" for name in ("a", "b")}
    store = opened(web, server.add_document("/all", collection_3("", members)))

    assert [key.key[0] for key in store.list("b")] == ["b"]
    assert server.asked == ["/all", "/b/manifest.json"]


def test_collections_in_a_circle_end(web: Web, server: IiifServer) -> None:
    book = server.add_book("book", 1)
    here, there = f"{server.url}/here", f"{server.url}/there"
    server.add_document("/here", collection_3("", {there: "Collection", here: "Collection"}))
    server.add_document("/there", collection_3("", {here: "Collection", book: "Manifest"}))

    assert len(list(opened(web, here).list())) == 1
    assert server.asked.count("/here") + server.asked.count("/there") == 2


def test_collections_without_end_are_refused(
    web: Web, server: IiifServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "MAX_COLLECTIONS", 5)
    for number in range(9):
        following = {f"{server.url}/{number + 1}": "Collection"}
        server.add_document(f"/{number}", collection_3("", following))

    with pytest.raises(InvalidLocationError, match="at most 5 collections"):
        list(opened(web, f"{server.url}/0").list())


def test_too_many_manifests_are_refused(
    web: Web, server: IiifServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "MAX_BOOKS", 5)
    members = {f"https://example.org/{number}": "Manifest" for number in range(6)}
    store = opened(web, server.add_document("/all", collection_3("", members)))

    with pytest.raises(InvalidLocationError, match="at most 5 manifests"):
        list(store.list())


def test_a_paged_collection_is_read_to_its_end(web: Web, server: IiifServer) -> None:
    pages = [
        {"@type": "sc:Collection", "first": f"{server.url}/1"},
        {"manifests": [{"@id": server.add_book("a", 1), "@type": "sc:Manifest"}],
         "next": f"{server.url}/2"},
        {"manifests": [{"@id": server.add_book("b", 1), "@type": "sc:Manifest"}]},
    ]  # fmt: skip
    for number, page in enumerate(pages):
        server.add_document(f"/{number}", page)

    assert [info.key[0] for info in opened(web, f"{server.url}/0").list()] == ["a", "b"]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("{server}/missing", "missing"),
        ("{server}/page.html", "unavailable"),
        ("{server}/busy", "unavailable"),
        ("file:///etc/passwd", "denied"),
        ("javascript:alert(1)", "denied"),
        ("http://169.254.169.254/", "denied"),
        ("", "denied"),
    ],
)
def test_a_book_that_cannot_be_read_is_one_page_that_fails(
    web: Web, server: IiifServer, address: str, kind: str
) -> None:
    server.told["/page.html"] = [Answer(b"<html>Gone</html>")]
    server.told["/busy"] = [Answer(status=503)]
    members = {
        server.add_book("good", 1): "Manifest",
        address.format(server=server.url): "Manifest",
        f"{address.format(server=server.url)}#collection": "Collection",
    }
    store = opened(web, server.add_document("/all", collection_3("", members)))

    pages = [fetch_page(store, scan) for scan in list_scans(store)]

    failed = [page for page in pages if isinstance(page, FailedPage)]
    assert {page.kind for page in failed} == {kind}
    assert all(page.scan.key.endswith("/00000.jpg") for page in failed)
    assert len(pages) == len(failed) + 1 == 3


def test_a_book_that_can_be_read_again_has_its_pages_again(web: Web, server: IiifServer) -> None:
    book = server.add_book("book", 2)
    server.told["/book/manifest.json"] = [Answer(status=404)]
    url = server.add_document("/all", collection_3("", {book: "Manifest"}))
    before = [info.key[-9:] for info in opened(web, url).list()]
    del server.told["/book/manifest.json"]

    assert before == ["00000.jpg"]
    assert [i.key[-9:] for i in opened(web, url, "2nd").list()] == ["00001.jpg", "00002.jpg"]


@pytest.mark.parametrize(
    ("path", "answer", "kind"),
    [
        ("info.json", Answer(b"<html>not found</html>"), "unavailable"),
        ("info.json", Answer(b"{}"), "unavailable"),
        ("info.json", Answer(status=500), "unavailable"),
        ("info.json", Answer(status=302, headers={"Location": "http://169.254.1.1/"}), "denied"),
        ("full/max/0/default.jpg", Answer(b"<html>error</html>"), "not-an-image"),
        ("full/max/0/default.jpg", Answer(b""), "empty"),
        ("full/max/0/default.jpg", Answer(b"\xff\xd8\xff\xe0half"), "truncated"),
        ("full/max/0/default.jpg", Answer(b"\xff\xd8\xff\xe0", length=99), "unavailable"),
        ("full/max/0/default.jpg", Answer(b"GIF89a"), "unsupported"),
        ("full/max/0/default.jpg", Answer(status=403), "denied"),
        ("full/max/0/default.jpg", Answer(status=429), "unavailable"),
    ],
)
def test_a_page_that_fails_has_its_cause(
    web: Web, server: IiifServer, path: str, answer: Answer, kind: str
) -> None:
    store = opened(web, server.add_book("book", 2))
    server.told[f"/images/book-0/{path}"] = [answer]

    bad, good = (fetch_page(store, scan) for scan in list_scans(store))

    assert isinstance(bad, FailedPage)
    assert bad.kind == kind
    assert "\n" not in bad.message
    assert isinstance(good, FetchedPage)


@pytest.mark.parametrize(
    "service", ["file:///etc/passwd", "javascript:alert(1)", "http://169.254.169.254/a", "../a"]
)
def test_an_image_from_nowhere_is_denied(web: Web, server: IiifServer, service: str) -> None:
    url = server.add_document("/evil", manifest_3("", [service]))
    store = opened(web, url)

    page = fetch_page(store, next(list_scans(store)))

    assert isinstance(page, FailedPage)
    assert page.kind == "denied"
    assert server.asked == ["/evil"]


def test_ids_with_dots_lead_nowhere_else(web: Web, server: IiifServer) -> None:
    service = f"{server.url}/images/../../../etc/passwd"
    store = opened(web, server.add_document("/evil", manifest_3("/../..", [service])))
    (info,) = store.list()

    with pytest.raises(ObjectNotFoundError):
        store.get(info.key)

    assert info.key == f"{folder_of(store.url)}/00001.jpg"


def test_bytes_are_bounded(web: Web, server: IiifServer) -> None:
    store = opened(web, server.add_book("book", 1))

    with pytest.raises(ObjectTooLargeError):
        store.get(next(store.list()).key, max_bytes=100)


def test_a_changed_service_is_a_changed_page(web: Web, server: IiifServer) -> None:
    url = server.add_book("book", 1)
    (before,) = opened(web, url).list()
    server.documents["/book/manifest.json"] = manifest_3(url, [server.add_image("new", 90, 90)])
    later = opened(web, url, "second")
    (after,) = later.list()

    assert before.key == after.key
    assert before.etag != after.etag
    with pytest.raises(ObjectChangedError):
        later.get(before.key, etag=before.etag)


@pytest.mark.parametrize(
    "key", ["no/00001.jpg", "{folder}/00009.jpg", "{folder}/1.jpg", "{folder}"]
)
def test_unknown_keys_are_not_found(web: Web, server: IiifServer, key: str) -> None:
    url = server.add_book("book", 1)

    with pytest.raises(ObjectNotFoundError):
        opened(web, url).get(key.format(folder=folder_of(url)))


def test_nothing_can_be_written(web: Web, server: IiifServer) -> None:
    store = opened(web, server.add_book("book", 1))

    for write in (lambda: store.put("a", b""), lambda: store.put_if_absent("a", b"")):
        with pytest.raises(StoreAccessError, match="only read"):
            write()
    with pytest.raises(StoreAccessError, match="only read"):
        store.delete("a")
    with pytest.raises(InvalidKeyError):
        store.delete("../a")


def test_a_pickled_store_is_the_same_store(web: Web, server: IiifServer) -> None:
    store = opened(web, server.add_book("book", 1))

    again = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes

    assert again == store
    assert again.location == store.url
    assert list(again.list()) == list(store.list())
    assert again.head(next(again.list()).key) == next(store.list())
    assert server.asked == ["/book/manifest.json"]


def test_a_location_on_the_web_is_opened(server: IiifServer) -> None:
    url = server.add_book("book", 1)

    store = open_store(url, allow_private_hosts=True)

    assert store.location == url
    assert len(list(store.list())) == 1


@pytest.mark.parametrize(
    "document", [{}, {"type": "Collection"}, {"type": "Canvas"}, {"@type": "sc:Collection"}]
)
def test_a_location_that_is_no_archive_is_refused(server: IiifServer, document: object) -> None:
    server.told["/"] = [Answer(json.dumps(document).encode())]

    with pytest.raises(InvalidLocationError):
        open_store(f"{server.url}/", allow_private_hosts=True)


def test_a_location_to_write_to_is_not_on_the_web(server: IiifServer) -> None:
    with pytest.raises(InvalidLocationError, match="nothing is written"):
        open_store(server.add_book("book", 1), create=True, allow_private_hosts=True)

    assert server.asked == []


def test_without_permission_this_computer_is_not_asked(server: IiifServer) -> None:
    with pytest.raises(StoreAccessError, match="--allow-private-hosts"):
        open_store(server.add_book("book", 1))

    assert server.asked == []


def test_each_page_can_be_linked_back_to(web: Web, server: IiifServer, tmp_path: Path) -> None:
    url = server.add_book("book", 2)
    store, output = opened(web, url), open_store(str(tmp_path / "out"), create=True)
    scans = list(list_scans(store))

    write_sources(store, output, scans[:1])

    (written,) = output.list()
    source = json.loads(output.get(written.key))
    assert written.key == f"sources/{folder_of(url)}.json"
    assert source["manifest"] == url
    assert source["label"] == ["伊勢物語"]
    assert list(source["pages"]) == [scan.key for scan in scans]
    page = source["pages"][scans[1].key]
    assert page["canvas"] == f"{url}/canvas/2"
    assert page["service"] == f"{server.url}/images/book-1"


def test_other_archives_have_no_sources(tmp_path: Path) -> None:
    output = open_store(str(tmp_path / "out"), create=True)

    write_sources(open_store(str(tmp_path)), output, [])

    assert list(output.list()) == []
