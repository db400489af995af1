"""A tiny server for one person at this computer: it answers nobody else.

It listens on 127.0.0.1. A page of the web could still reach it through the person's browser, so
it refuses foreign names in ``Host`` (DNS rebinding) and, for saving, every other ``Origin``.
"""

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from tasks.corrections import CorrectedPage, CorrectionFormatError, line_to_correction
from tasks.object_store import StoreError
from tasks.saved_corrections import CorrectionConflictError, save_correction
from tasks.viewer.catalogue import name_digest
from tasks.viewer.documents import correction_document, to_json
from tasks.viewer.site import UnknownPathError, ViewerSite, content_type

LOOPBACK = "127.0.0.1"
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_MAX_BODY_BYTES = 4_000_000  # a page of 1,200 characters has about 100 kB
_SAVE_PATH = "/corrections"
# Below the ports that systems hand out themselves. A fixed port keeps the browser's memory of
# unsaved corrections, which belongs to the address with its port.
_FIRST_PORT, _PORTS = 20000, 10000

# The hash allows the one style sheet that OpenSeadragon 6.1.1 writes into the page.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; "
    "style-src 'self' 'sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE='; "
    "img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ViewerServer(ThreadingHTTPServer):
    """Serves one site on this computer.

    Args:
        site: what to serve.
        port: where; 0 for any free one.

    Raises:
        OSError: if the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, site: ViewerSite, port: int) -> None:
        self.site: Final = site
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet about a browser that turned to another page; report everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{LOOPBACK}:{self.server_port}/"


def usual_port(location: str) -> int:
    """The same port for the same output location."""
    return _FIRST_PORT + int(name_digest(location), 16) % _PORTS


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "kuzushiji"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer a file of the site."""
        if not self._is_local_host():
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "this server answers to localhost only")
            return
        path = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        try:
            data = self._site.read(path)
        except UnknownPathError:
            self._refuse(HTTPStatus.NOT_FOUND, "there is no such file")
        except (StoreError, OSError, ValueError) as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        else:
            lasting = path.startswith("images/")  # named by the scan's version
            self._answer(HTTPStatus.OK, data, content_type(path), lasting=lasting)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Save one page's correction."""
        self.close_connection = True  # a refused request's body stays unread
        if not self._is_local_host() or not self._is_own_origin():
            self._refuse(HTTPStatus.FORBIDDEN, "corrections are saved from this viewer only")
        elif self.path != _SAVE_PATH:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing to save at this path")
        elif self.headers.get_content_type() != "application/json":
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a correction must be JSON")
        elif (body := self._read_body()) is None:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "a correction must be of one page")
        else:
            self._save(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Keep the terminal quiet."""

    @property
    def _site(self) -> ViewerSite:
        return cast("ViewerServer", self.server).site

    def _save(self, body: bytes) -> None:
        try:
            correction, base = _read_request(body, self._site.page_keys())
            save_correction(self._site.source.output, correction, base)
        except CorrectionFormatError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except CorrectionConflictError:
            page = json.loads(body)["page"]
            current = self._site.correction_of(page)
            self._answer(HTTPStatus.CONFLICT, to_json(current and correction_document(current)))
        except (StoreError, ValueError) as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        else:
            self._answer(HTTPStatus.OK, to_json(correction_document(correction)))

    def _is_local_host(self) -> bool:
        try:
            return urlsplit(f"//{self.headers.get('Host', '')}").hostname in _LOCAL_NAMES
        except ValueError:
            return False

    def _is_own_origin(self) -> bool:
        return self.headers.get("Origin") == f"http://{self.headers.get('Host', '')}"

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > _MAX_BODY_BYTES:
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        self._answer(status, sentence.encode(), content_type(".txt"))

    def _answer(
        self,
        status: HTTPStatus,
        data: bytes,
        media_type: str = "application/json; charset=utf-8",
        *,
        lasting: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "max-age=31536000, immutable" if lasting else "no-cache")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _read_request(body: bytes, page_keys: set[str]) -> tuple[CorrectedPage, str | None]:
    correction = line_to_correction(body)
    if correction.page not in page_keys:
        raise CorrectionFormatError(f"there is no page {correction.page!r} in these readings")
    base = json.loads(body).get("base")
    if base is not None and not isinstance(base, str):
        raise CorrectionFormatError("base must be a version or null")
    return correction, base
