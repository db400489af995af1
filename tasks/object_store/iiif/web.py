"""Fetches from the web: bounded, politely, and again where that may help."""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, Timeout
from urllib3.exceptions import HTTPError, NameResolutionError
from urllib3.util import parse_url

from tasks.object_store.errors import StoreAccessError, StoreUnavailableError
from tasks.object_store.iiif.addresses import check_url, shown
from tasks.object_store.iiif.answers import AskAgainError, Redirect, take_answer
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
_MAX_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
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
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._patiently(check_url(url), max_bytes, accept)
            if isinstance(answer, bytes):
                return answer
            url = answer.url
        raise StoreAccessError(f"{shown(url)} is redirected more than {_MAX_REDIRECTS} times")

    def _patiently(self, url: str, max_bytes: int, accept: str) -> bytes | Redirect:
        politeness = self.politeness
        gate = _gate(urlsplit(url).hostname or "", politeness)
        for attempt in range(1, politeness.attempts + 1):
            try:
                with gate.passed():
                    return self._ask(url, max_bytes, accept)
            except AskAgainError as again:
                wait = max(again.wait, politeness.backoff_seconds * 2 ** (attempt - 1))
                if attempt == politeness.attempts or wait > politeness.longest_wait_seconds:
                    raise StoreUnavailableError(f"{shown(url)} {again}; run again later") from again
                gate.close_for(wait)
        raise ValueError(f"attempts must be at least 1, got {politeness.attempts}")

    def _ask(self, url: str, max_bytes: int, accept: str) -> bytes | Redirect:
        headers = {"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "identity"}
        try:
            answer = self._pool(url).request(
                "GET",
                parse_url(url).request_uri,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                return take_answer(url, answer, max_bytes)
            finally:
                answer.close()  # an answer that was not read to its end cannot be followed by more
                answer.release_conn()
        except RefusedAddressError as error:
            raise StoreAccessError(
                f"{shown(url)} is on this computer or in a private network, which only"
                " --allow-private-hosts allows"
            ) from error
        except NameResolutionError as error:
            raise AskAgainError("has a host that nobody knows") from error
        except HTTPError as error:
            raise AskAgainError("did not answer, or not completely") from error

    def _pool(self, url: str) -> HTTPConnectionPool:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]  # without one, "::1" is host ":" and port 1
        return _open_pool(
            parts.scheme, parts.hostname or "", port, self.allow_private, self.politeness.at_once
        )


@lru_cache(maxsize=256)
def _gate(host: str, politeness: Politeness) -> Gate:
    del host  # for the cache: one gate for each
    return Gate(politeness)


@lru_cache(maxsize=256)
def _open_pool(
    scheme: str, host: str, port: int, allow_private: bool, connections: int
) -> HTTPConnectionPool:
    kind = CheckedHTTPSPool if scheme == "https" else CheckedHTTPPool
    return kind(host, port, timeout=_TIMEOUT, maxsize=connections, allow_private=allow_private)
