"""The server answers the person at this computer, and no page of the web through their browser."""

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from viewer_archive import DAMAGED, FIRST, SECOND, Archive

from flows.cli import app
from tasks.corrections import CorrectedPage
from tasks.label_sources import open_labels
from tasks.saved_corrections import load_corrections, save_correction
from tasks.viewer.server import CONTENT_SECURITY_POLICY, ViewerServer

LINE = {"page": FIRST, "characters": [{"codepoint": "U+541B", "box": [1, 2, 3, 4]}]}


class Client:
    """One request each, with headers as somebody wants them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.own = f"http://127.0.0.1:{port}"

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        answer = response.status, dict(response.getheaders()), response.read()
        connection.close()
        return answer

    def save(self, document: object, **headers: str) -> tuple[int, bytes]:
        given = {"Origin": self.own, "Content_Type": "application/json", **headers}
        status, _, body = self.ask("POST", "/corrections", json.dumps(document).encode(), **given)
        return status, body


@pytest.fixture
def client(archive: Archive) -> Iterator[Client]:
    with ViewerServer(archive.site(), 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield Client(server.server_port)
        server.shutdown()
        thread.join()


def test_it_listens_on_this_computer_only(archive: Archive) -> None:
    with ViewerServer(archive.site(), 0) as server:
        assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/main.js", "/data/archive.json", "/main.js?x=1"]
)
def test_files_come_with_a_strict_policy(client: Client, path: str) -> None:
    status, headers, body = client.ask("GET", path)

    assert (status, len(body)) == (200, int(headers["Content-Length"]))
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_page_server_and_documentation_have_the_same_policy(client: Client) -> None:
    root = Path(__file__).parents[3]
    own = CONTENT_SECURITY_POLICY.removesuffix("; frame-ancestors 'none'")

    assert f'content="{own}"' in client.ask("GET", "/")[2].decode()
    assert f'"{CONTENT_SECURITY_POLICY}"' in (root / "docs/viewer.md").read_text()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[", "192.168.1.5"]
)
def test_a_foreign_host_name_gets_nothing(client: Client, host: str) -> None:
    status, _, body = client.ask("GET", "/data/archive.json", Host=host)

    assert status == 421
    assert b"genji" not in body


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:8080"])
def test_this_computer_has_several_names(client: Client, host: str) -> None:
    assert client.ask("GET", "/data/archive.json", Host=host)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/styles/..%2f..%2fsite.py",
        "/data/%00",
        "/styles/",
    ],
)
def test_a_path_out_of_the_site_is_not_found(client: Client, path: str) -> None:
    assert client.ask("GET", path)[0] == 404


def test_a_correction_is_saved(client: Client, archive: Archive) -> None:
    status, body = client.save({**LINE, "base": None})

    saved = load_corrections(archive.output)[FIRST]
    assert (status, json.loads(body)["version"]) == (200, saved.version)
    assert saved.characters == ((0x541B, (1, 2, 3, 4)),)


def test_a_saved_correction_is_a_training_label(client: Client, archive: Archive) -> None:
    configuration = {"archive": archive.scans.location}  # as recognize leaves it
    archive.output.put("configuration.json", json.dumps(configuration).encode())
    client.save({**LINE, "base": None})
    client.save({"page": SECOND, "characters": [], "base": None})

    labels = open_labels("corrected", archive.output.location)
    check = CliRunner().invoke(app, ["labels", "check", "corrected", archive.output.location])

    read = {
        scan.key: (truth.codepoints_N.tolist(), truth.boxes_N4.tolist())
        for scan, truth in labels.pages
    }
    assert read == {FIRST: ([0x541B], [[1, 2, 3, 4]]), SECOND: ([], [])}
    assert check.exit_code == 0, check.output
    assert "1 different characters, 0 errors" in check.stdout


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "http://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="sandboxed page"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, 403, id="another port"),
        pytest.param({"Host": "evil.example", "Origin": "http://evil.example"}, 403, id="rebound"),
        pytest.param({"Content_Type": "text/plain"}, 415, id="form"),
        pytest.param({"Content_Length": "999999999"}, 413, id="too long"),
        pytest.param({"Content_Length": "-1"}, 413, id="negative"),
    ],
)
def test_nobody_else_can_save(
    client: Client, archive: Archive, headers: dict[str, str], status: int
) -> None:
    assert client.save({**LINE, "base": None}, **headers)[0] == status
    assert load_corrections(archive.output) == {}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        pytest.param([], "object", id="no object"),
        pytest.param({**LINE, "page": "other.jpg"}, "no page", id="unknown page"),
        pytest.param({**LINE, "page": DAMAGED}, "no page", id="damaged page"),
        pytest.param({**LINE, "base": 3}, "base", id="base"),
        pytest.param({**LINE, "characters": [{}]}, "codepoint", id="character"),
    ],
)
def test_what_is_no_correction_is_refused_with_the_rule(
    client: Client, archive: Archive, document: object, sentence: str
) -> None:
    status, body = client.save(document)

    assert status == 400
    assert sentence in body.decode()
    assert load_corrections(archive.output) == {}


def test_somebody_elses_correction_comes_back_instead_of_being_replaced(
    client: Client, archive: Archive
) -> None:
    theirs = CorrectedPage(FIRST, ((ord("山"), (5, 6, 7, 8)),))
    save_correction(archive.output, theirs, None)

    status, body = client.save({**LINE, "base": None})

    assert status == 409
    assert json.loads(body) == {"version": theirs.version, "characters": [[ord("山"), 5, 6, 7, 8]]}
    assert load_corrections(archive.output) == {FIRST: theirs}


def test_a_damaged_file_of_corrections_is_one_sentence(client: Client, archive: Archive) -> None:
    archive.output.put("corrections.jsonl", b"{")

    status, _, body = client.ask("GET", "/data/corrections.jsonl")

    assert status == 500
    assert b"line 1" in body
