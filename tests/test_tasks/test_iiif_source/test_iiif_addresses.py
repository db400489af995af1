"""Strangers' addresses lead to the public web or nowhere."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from iiif_server import Answer, IiifServer, serve_iiif

from tasks.object_store import StoreAccessError, StoreUnavailableError
from tasks.object_store.iiif import connections
from tasks.object_store.iiif.addresses import check_url, may_connect
from tasks.object_store.iiif.politeness import Politeness
from tasks.object_store.iiif.web import Web

PUBLIC = "8.8.8.8"
PORTS = count(1001)  # another for each test: none takes up a connection that another kept
HASTE = Politeness(pause_seconds=0.0, attempts=1)
PRIVATE_ADDRESSES = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "::1",
    "fd00::1",
]
NEVER = [
    "0.0.0.0",  # noqa: S104 - to be refused
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_private_addresses_need_permission(address: str) -> None:
    assert not may_connect(address, allow_private=False)
    assert may_connect(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_asked(address: str) -> None:
    assert not may_connect(address, allow_private=False)
    assert not may_connect(address, allow_private=True)


@pytest.mark.parametrize("address", [PUBLIC, "2001:4860:4860::8888"])
def test_public_addresses_are_asked(address: str) -> None:
    assert may_connect(address, allow_private=False)


@given(st.ip_addresses(v=4))
def test_what_is_refused_stays_refused_when_mapped_into_ipv6(address: object) -> None:
    assert not may_connect(f"::ffff:{address}", allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:application/json,{}",
        "ftp://example.org/manifest.json",
        "gopher://example.org/",
        "//example.org/manifest.json",
        "manifest.json",
        "",
        "http://",
        "http:///manifest.json",
        "http://user:secret@example.org/",
        "http://example.org@127.0.0.1/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org:port/",
        "http://example.org:99999/",
        "http://[::1/",
        "http://example.org/a b",
        "http://example.org/\r\nHost: other",
        "http://example.org/\0",
        f"http://example.org/{'a' * 2048}",
    ],
)
def test_an_address_that_is_not_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(StoreAccessError) as refused:
        check_url(url)

    assert "secret" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_a_fragment_stays_at_home() -> None:
    assert check_url("https://example.org/伊勢/../manifest.json?a=b#c") == (
        "https://example.org/伊勢/../manifest.json?a=b"
    )


class Names:
    """A name server, and a network on which every public address is the test's own server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: IiifServer) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.connected: list[str] = []
        self.public = f"http://public.example:{next(PORTS)}/"
        self.answers["public.example"] = [[PUBLIC]]
        self._port = int(server.url.rpartition(":")[2])
        monkeypatch.setattr(connections.socket, "getaddrinfo", self._look_up)
        monkeypatch.setattr(connections, "create_connection", self._connect)

    def _look_up(self, host: str, port: int, **_: object) -> list[Any]:
        answers = self.answers.get(host, [[host]])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (name, port)) for name in found]

    def _connect(self, address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        self.connected.append(address[0])
        connection = socket.socket()
        connection.connect(("127.0.0.1", self._port))
        return connection


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, server: IiifServer) -> Names:
    return Names(monkeypatch, server)


def get(url: str) -> bytes:
    return Web(politeness=HASTE).get(url, 1000, "*/*")


def test_a_public_host_is_asked_at_the_address_that_was_checked(
    server: IiifServer, names: Names
) -> None:
    server.told["/"] = [Answer(b"page")]

    assert get(names.public) == b"page"
    assert names.connected == [PUBLIC]
    assert server.headers[0]["Host"] == names.public.removeprefix("http://").removesuffix("/")


@pytest.mark.parametrize("address", [*PRIVATE_ADDRESSES, *NEVER])
def test_a_name_that_leads_inside_is_refused(names: Names, address: str) -> None:
    names.answers["public.example"] = [[address]]

    with pytest.raises(StoreAccessError, match="private network"):
        get(names.public)

    assert names.connected == []


def test_a_name_that_leads_inside_among_others_is_refused(names: Names) -> None:
    names.answers["public.example"] = [[PUBLIC, "127.0.0.1"]]

    with pytest.raises(StoreAccessError):
        get(names.public)

    assert names.connected == []


def test_a_name_server_that_changes_its_mind_gains_nothing(
    server: IiifServer, names: Names
) -> None:
    server.told["/"] = [Answer(b"page", headers={"Connection": "close"}, length=4)]
    names.answers["public.example"] = [[PUBLIC], ["127.0.0.1"]]

    assert get(names.public) == b"page"
    with pytest.raises(StoreAccessError):
        get(names.public)

    assert names.connected == [PUBLIC]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://inside.example/",
        "//192.168.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[broken/",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_inside_is_refused(
    server: IiifServer, names: Names, target: str, status: int
) -> None:
    server.told["/"] = [Answer(status=status, headers={"Location": target})]
    names.answers["inside.example"] = [["10.1.2.3"]]

    with pytest.raises(StoreAccessError):
        get(names.public)

    assert names.connected == [PUBLIC]
    assert server.asked == ["/"]


def test_permission_for_private_hosts_opens_no_cloud_credentials(server: IiifServer) -> None:
    server.told["/"] = [Answer(status=302, headers={"Location": "http://169.254.169.254/"})]

    with pytest.raises(StoreAccessError):
        Web(allow_private=True, politeness=HASTE).get(f"{server.url}/", 1000, "*/*")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for public.example that nobody but itself has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "public.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("public.example")]), False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls_server(tmp_path: Path, certificate: Path) -> Iterator[IiifServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serve_iiif(tmp_path, context) as server:
        yield server


def test_a_certificate_is_checked_against_the_name_not_the_address(
    tls_server: IiifServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch, tls_server)
    names.answers["other.example"] = [[PUBLIC]]
    tls_server.told["/"] = [Answer(b"page")]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert get(names.public.replace("http:", "https:")) == b"page"
    with pytest.raises(StoreUnavailableError):
        get(f"https://other.example:{next(PORTS)}/")
    assert tls_server.asked == ["/"]


def test_a_certificate_that_nobody_knows_is_refused(
    tls_server: IiifServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch, tls_server)

    with pytest.raises(StoreUnavailableError):
        get(names.public.replace("http:", "https:"))

    assert (tls_server.asked, names.connected) == ([], [PUBLIC])


def test_a_name_that_leads_inside_is_refused_with_tls_too(
    tls_server: IiifServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch, tls_server)
    names.answers["public.example"] = [["127.0.0.1"]]

    with pytest.raises(StoreAccessError):
        get(names.public.replace("http:", "https:"))

    assert names.connected == []
