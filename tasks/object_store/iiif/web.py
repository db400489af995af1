"""Fetches from the web: bounded, politely, and again where that may help."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from urllib3.exceptions import HTTPError, NameResolutionError
from urllib3.util import parse_url

from tasks.object_store.errors import (
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    StoreUnavailableError,
)
from tasks.object_store.iiif.addresses import check_url, shown
from tasks.object_store.iiif.connections import (
    CheckedHTTPPool,
    CheckedHTTPSPool,
    RefusedAddressError,
)
from tasks.object_store.iiif.politeness import Gate, Politeness

USER_AGENT = (
    f"kuzushiji-archive/{version('kuzushiji-archive')}"
    " (+https://github.com/kuzushiji-archive/kuzushiji-archive)"
)
BODY_SECONDS = 300  # for a whole body, however slowly it drips in
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ASK_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FORBIDDEN = frozenset({401, 403, 451})
_MISSING = frozenset({404, 410})
_OK = 200
_CHUNK_BYTES = 1 << 16
_TIMEOUT = Timeout(connect=10, read=30)


@dataclass(frozen=True, slots=True)
class Web:
    """What may be asked for, and how politely.

    Attributes:
        allow_private: hosts on this computer and in private networks too.
        politeness: kept by all threads of a process together.
    """

    allow_private: bool = False
    politeness: Politeness = field(default_factory=Politeness)

    def get(self, url: str, max_bytes: int, accept: str) -> bytes:
        """Fetch one resource completely, following redirects.

        Args:
            url: its web address.
            max_bytes: `ObjectTooLargeError` as soon as there are more.
            accept: the media types wanted.

        Raises:
            StoreError: if the address may not be asked for, or its host does not give it.
        """
        politeness = self.politeness
        for attempt in range(politeness.attempts):
            try:
                return self._follow(url, max_bytes, accept)
            except _AskAgainError as again:
                wait = max(again.wait, politeness.backoff_seconds * 2**attempt)
                if attempt + 1 == politeness.attempts or wait > politeness.longest_wait_seconds:
                    raise StoreUnavailableError(f"{shown(url)} {again}; run again later") from again
                again.gate.close_for(wait)
        raise ValueError(f"attempts must be at least 1, got {politeness.attempts}")

    def _follow(self, url: str, max_bytes: int, accept: str) -> bytes:
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._ask(check_url(url), max_bytes, accept)
            if isinstance(answer, bytes):
                return answer
            url = answer.target
        raise StoreAccessError(f"{shown(url)} is redirected more than {_MAX_REDIRECTS} times")

    def _ask(self, url: str, max_bytes: int, accept: str) -> "bytes | _Redirect":
        parts = urlsplit(url)
        host = parts.hostname or ""
        gate = _gate(host, self.politeness)
        pool = _pool(parts.scheme, host, parts.port, self.allow_private, self.politeness.at_once)
        headers = {"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "identity"}
        try:
            with gate.passed():
                answer = pool.request(
                    "GET",
                    parse_url(url).request_uri,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                try:
                    return _take(url, answer, max_bytes, gate)
                finally:
                    answer.close()  # at once if its body was not read to the end
                    answer.release_conn()
        except RefusedAddressError as error:
            raise StoreAccessError(
                f"{shown(url)} is on this computer or in a private network, which only"
                " --allow-private-hosts allows"
            ) from error
        except NameResolutionError as error:
            raise _AskAgainError("has a host that is not known", gate) from error
        except HTTPError as error:
            raise _AskAgainError("did not answer, or not completely", gate) from error


@dataclass(frozen=True, slots=True)
class _Redirect:
    target: str


class _AskAgainError(Exception):
    """Another attempt may help, after ``wait`` seconds."""

    def __init__(self, message: str, gate: Gate, wait: float = 0.0) -> None:
        super().__init__(message)
        self.gate = gate
        self.wait = wait


def _take(url: str, answer: BaseHTTPResponse, max_bytes: int, gate: Gate) -> bytes | _Redirect:
    location = answer.headers.get("Location")
    if answer.status in _REDIRECTS and location:
        return _Redirect(urljoin(url, location))
    if answer.status in _ASK_AGAIN:
        raise _AskAgainError(f"answered {answer.status}", gate, retry_after(answer.headers))
    if answer.status in _MISSING:
        raise ObjectNotFoundError(f"there is nothing at {shown(url)}")
    if answer.status in _FORBIDDEN:
        raise StoreAccessError(f"{shown(url)} is not open to everybody: {answer.status}")
    if answer.status != _OK:
        raise StoreUnavailableError(f"{shown(url)} answered {answer.status}")
    return _read(url, answer, max_bytes, gate)


def _read(url: str, answer: BaseHTTPResponse, max_bytes: int, gate: Gate) -> bytes:
    deadline = time.monotonic() + BODY_SECONDS
    body = bytearray()
    while chunk := answer.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise ObjectTooLargeError(f"{shown(url)} must have at most {max_bytes} bytes, has more")
        if time.monotonic() > deadline:
            raise _AskAgainError(f"takes longer than {BODY_SECONDS} s", gate)
    return bytes(body)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that ``Retry-After`` asks to wait, given as seconds or as a date; else 0."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@lru_cache(maxsize=256)
def _gate(host: str, politeness: Politeness) -> Gate:
    del host  # for the cache: one gate for each
    return Gate(politeness)


@lru_cache(maxsize=256)
def _pool(
    scheme: str,
    host: str,
    port: int | None,
    allow_private: bool,
    connections: int,
) -> HTTPConnectionPool:
    kind = CheckedHTTPSPool if scheme == "https" else CheckedHTTPPool
    return kind(host, port, timeout=_TIMEOUT, maxsize=connections, allow_private=allow_private)
