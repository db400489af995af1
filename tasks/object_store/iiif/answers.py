"""What the answer to one request amounts to: its bytes, another address, or an error."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from urllib3 import BaseHTTPResponse

from tasks.object_store.errors import (
    ObjectNotFoundError,
    ObjectTooLargeError,
    StoreAccessError,
    StoreUnavailableError,
)
from tasks.object_store.iiif.addresses import shown

BODY_SECONDS = 300  # for a whole body, however slowly it drips in
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ASK_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FORBIDDEN = frozenset({401, 403, 451})
_MISSING = frozenset({404, 410})
_OK = 200
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Redirect:
    """The answer lies elsewhere."""

    url: str


class AskAgainError(Exception):
    """Another attempt may help, after ``wait`` seconds."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def take_answer(url: str, answer: BaseHTTPResponse, max_bytes: int) -> bytes | Redirect:
    """Take what a server answered.

    Raises:
        AskAgainError: if the server says that it cannot just now.
        StoreError: if it does not give what was asked for, or more than ``max_bytes`` of it.
    """
    location = answer.headers.get("Location")
    if answer.status in _REDIRECTS and location:
        return Redirect(_absolute(url, location))
    if answer.status in _ASK_AGAIN:
        raise AskAgainError(f"answered {answer.status}", retry_after(answer.headers))
    if answer.status in _MISSING:
        raise ObjectNotFoundError(f"there is nothing at {shown(url)}")
    if answer.status in _FORBIDDEN:
        raise StoreAccessError(f"{shown(url)} is not open to everybody: {answer.status}")
    if answer.status != _OK:
        raise StoreUnavailableError(f"{shown(url)} answered {answer.status}")
    return _read(url, answer, max_bytes)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that ``Retry-After`` asks to wait, given as seconds or as a date; else 0."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _read(url: str, answer: BaseHTTPResponse, max_bytes: int) -> bytes:
    deadline = time.monotonic() + BODY_SECONDS
    body = bytearray()
    while chunk := answer.read1(_CHUNK_BYTES, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            raise ObjectTooLargeError(f"{shown(url)} must have at most {max_bytes} bytes, has more")
        if time.monotonic() > deadline:
            raise AskAgainError(f"takes longer than {BODY_SECONDS} s")
    return bytes(body)


def _absolute(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise StoreAccessError(f"{shown(url)} is redirected to no address") from error
