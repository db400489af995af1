"""Answers of every kind: bounded, asked for again where that helps, errors in one sentence."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from iiif_server import Answer, IiifServer

from tasks.object_store import (
    InvalidLocationError,
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    StoreError,
    StoreUnavailableError,
)
from tasks.object_store.iiif import answers, connections, documents
from tasks.object_store.iiif.documents import fetch_document
from tasks.object_store.iiif.politeness import Gate, Politeness
from tasks.object_store.iiif.web import Web

BUSY = Answer(status=503)


def get(web: Web, server: IiifServer, *told: Answer) -> bytes:
    server.told["/page"] = list(told)
    return web.get(f"{server.url}/page", 1000, "image/jpeg")


def test_the_project_and_its_version_introduce_themselves(web: Web, server: IiifServer) -> None:
    get(web, server, Answer(b"page"))

    assert server.headers[0]["User-Agent"].startswith("kuzushiji-archive/")
    assert server.headers[0]["Accept"] == "image/jpeg"


@pytest.mark.parametrize("first", [BUSY, Answer(status=429), Answer(b"half", length=1000)])
def test_an_answer_that_was_none_is_asked_for_again(
    web: Web, server: IiifServer, first: Answer
) -> None:
    assert get(web, server, first, first, Answer(b"page")) == b"page"
    assert server.asked == ["/page"] * 3


def test_asking_again_has_an_end(web: Web, server: IiifServer) -> None:
    with pytest.raises(StoreUnavailableError, match="answered 503; run again later"):
        get(web, server, BUSY)

    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("headers", "waits"),
    [({}, [1.0, 2.0, 4.0]), ({"Retry-After": "3"}, [3.0, 3.0, 4.0])],
)
def test_the_wait_grows_and_is_never_shorter_than_asked_for(
    server: IiifServer,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    waits: list[float],
) -> None:
    closed: list[float] = []
    monkeypatch.setattr(Gate, "close_for", lambda _, seconds: closed.append(seconds))
    web = Web(allow_private=True, politeness=Politeness(pause_seconds=0.0, attempts=4))
    busy = Answer(status=429, headers=headers)

    assert get(web, server, busy, busy, busy, Answer(b"page")) == b"page"
    assert closed == waits


def test_a_host_that_asks_to_come_back_much_later_is_left_alone(
    web: Web, server: IiifServer
) -> None:
    with pytest.raises(StoreUnavailableError):
        get(web, server, Answer(status=429, headers={"Retry-After": "86400"}))

    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, StoreUnavailableError),
        (401, StoreAccessError),
        (403, StoreAccessError),
        (404, ObjectNotFoundError),
        (410, ObjectNotFoundError),
        (204, StoreUnavailableError),
        (304, StoreUnavailableError),
    ],
)
def test_a_refusal_is_asked_for_once(
    web: Web, server: IiifServer, status: int, kind: type[StoreError]
) -> None:
    with pytest.raises(kind):
        get(web, server, Answer(status=status))

    assert len(server.asked) == 1


def test_an_endless_body_is_cut_off(web: Web, server: IiifServer) -> None:
    endless: Iterator[bytes] = repeat(b"x" * 100)

    with pytest.raises(ObjectTooLargeError, match="at most 1000 bytes"):
        get(web, server, Answer(chunks=endless))


def test_a_compressed_bomb_is_cut_off(web: Web, server: IiifServer) -> None:
    bomb = gzip.compress(bytes(10_000_000))

    with pytest.raises(ObjectTooLargeError):
        get(web, server, Answer(bomb, headers={"Content-Encoding": "gzip"}))


def test_a_body_that_only_drips_is_given_up(
    web: Web, server: IiifServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BODY_SECONDS", -1)

    with pytest.raises(StoreUnavailableError, match="takes longer"):
        get(web, server, Answer(b"page"))


@pytest.fixture
def dripping_url() -> Iterator[str]:
    """A server whose answers have a head without end, byte by byte: no read of it times out."""
    enough = threading.Event()

    class Drip(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nDrip: ")
            with suppress(OSError):
                while not enough.wait(0.05):
                    self.wfile.write(b"x")

    with ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        enough.set()
        server.shutdown()


def test_a_head_that_never_ends_is_given_up(
    web: Web, dripping_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.2)

    with pytest.raises(StoreUnavailableError, match="did not answer"):
        web.get(dripping_url, 1000, "*/*")


def test_redirects_are_followed_to_their_end(web: Web, server: IiifServer) -> None:
    server.told["/there"] = [Answer(b"page")]

    assert get(web, server, Answer(status=303, headers={"Location": "../there"})) == b"page"


def test_redirects_in_a_circle_are_left(web: Web, server: IiifServer) -> None:
    with pytest.raises(StoreAccessError, match="more than 5 times"):
        get(web, server, Answer(status=302, headers={"Location": "/page"}))

    assert len(server.asked) == 6


def test_a_host_that_is_down_is_unavailable(web: Web) -> None:
    with pytest.raises(StoreUnavailableError, match="did not answer"):
        web.get("http://127.0.0.1:9/manifest.json", 1000, "*/*")


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b"<!DOCTYPE html><title>404</title>", "a web page"),
        (b"", "something else"),
        (b"\xff\xd8\xff", "something else"),
        (b'{"type": "Manif', "something else"),
        (b"[" * 100_000, "something else"),
        (b'{"width": ' + b"9" * 5000 + b"}", "something else"),
        (b"[]", "list"),
        (b'"text"', "str"),
        (b"null", "NoneType"),
    ],
)
def test_only_a_json_object_is_a_document(
    web: Web, server: IiifServer, body: bytes, got: str
) -> None:
    server.told["/"] = [Answer(body, headers={"Content-Type": "application/json"})]

    with pytest.raises(InvalidLocationError, match=got):
        fetch_document(web, f"{server.url}/")


def test_a_huge_document_is_cut_off(web: Web, server: IiifServer) -> None:
    server.told["/"] = [Answer(b" " * (documents.MAX_DOCUMENT_BYTES + 1))]

    with pytest.raises(ObjectTooLargeError):
        fetch_document(web, f"{server.url}/")


def test_a_document_of_the_wrong_content_type_is_read_all_the_same(
    web: Web, server: IiifServer
) -> None:
    server.told["/"] = [Answer(b'{"a": 1}', headers={"Content-Type": "text/html"})]

    assert fetch_document(web, f"{server.url}/") == {"a": 1}
