"""An HTTP proxy between a client and a server that breaks the answers it is told to break."""

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

ALWAYS = 1_000_000
SERVER_TEXT = "user AKIA-PRIVATE on host rack-7"  # nobody's business: must not reach a message


class Exchange(BaseHTTPRequestHandler):
    """One request; a fault decides what becomes of it."""

    protocol_version = "HTTP/1.1"
    proxy: "FaultyProxy"
    sent: bytes

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Stay silent."""

    def _handle(self) -> None:
        self.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.proxy.fault_of(self.command, unquote(self.path))(self)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle

    def ask(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the server behind; its status, headers and body."""
        there = http.client.HTTPConnection(self.proxy.behind, timeout=60)
        dropped = ("connection", "expect")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        there.request(self.command, self.path, self.sent, headers)
        answer = there.getresponse()
        body = answer.read()
        there.close()
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _OWN_HEADERS]
        if self.command == "HEAD":
            kept.append(("Content-Length", answer.getheader("Content-Length", "0")))
        return answer.status, kept, body

    def tell(
        self, status: int, headers: list[tuple[str, str]], body: bytes, length: int | None = None
    ) -> None:
        """Answer, with a length that may be another than the body's; below 0 it is not told."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        length = len(body) if length is None else length
        if self.command != "HEAD" and length >= 0:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self, *, reset: bool) -> None:
        """End the connection: with a reset, or as if all were said."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()  # the last that holds it open
            self.connection.close()


_OWN_HEADERS = ("connection", "content-length", "date", "server", "transfer-encoding")
Fault = Callable[[Exchange], None]


@dataclass
class _Rule:
    command: str
    part_of_path: str
    fault: Fault
    times: int


@dataclass
class FaultyProxy:
    """Passes on what it is asked, but for the requests that it was told to break."""

    url: str
    behind: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def break_(self, command: str, part_of_path: str, fault: Fault, times: int = ALWAYS) -> None:
        """Break the next requests of this kind."""
        self._rules.append(_Rule(command, part_of_path, fault, times))

    def heal(self) -> None:
        """Break nothing any more."""
        self._rules.clear()

    def count(self, command: str, part_of_path: str) -> int:
        """Requests so far of this kind."""
        return sum(c == command and part_of_path in path for c, path in self.asked)

    def fault_of(self, command: str, path: str) -> Fault:
        """What is to become of a request."""
        with self._lock:
            self.asked.append((command, path))
            for rule in self._rules:
                if rule.command == command and rule.part_of_path in path and rule.times > 0:
                    rule.times -= 1
                    return rule.fault
        return passed_on


@contextmanager
def faulty_proxy(server_url: str) -> Iterator[FaultyProxy]:
    """Run a proxy before the server on this computer."""
    handler = type("Handler", (Exchange,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        proxy = handler.proxy = FaultyProxy(url, urlsplit(server_url).netloc)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.closing.set()
            server.shutdown()
            thread.join()


def passed_on(exchange: Exchange) -> None:
    """No fault."""
    exchange.tell(*exchange.ask())


def _refusal(status: int, code: str) -> Fault:
    body = f"<Error><Code>{code}</Code><Message>{SERVER_TEXT}</Message></Error>".encode()
    return lambda exchange: exchange.tell(status, [("Content-Type", "application/xml")], body)


slow_down = _refusal(503, "SlowDown")
internal_error = _refusal(500, "InternalError")


def reset(exchange: Exchange) -> None:
    """Half of the body, then a reset connection."""
    status, headers, body = exchange.ask()
    exchange.tell(status, headers, body[: len(body) // 2], length=len(body))
    exchange.hang_up(reset=True)


def broken_off(exchange: Exchange) -> None:
    """Half of the body under the length of the whole, then an orderly end."""
    status, headers, body = exchange.ask()
    exchange.tell(status, headers, body[: len(body) // 2], length=len(body))
    exchange.hang_up(reset=False)


def halved(exchange: Exchange) -> None:
    """Half of the body, and a length that fits it."""
    status, headers, body = exchange.ask()
    exchange.tell(status, headers, body[: len(body) // 2])


def emptied(exchange: Exchange) -> None:
    """The right status and no body at all."""
    status, headers, _ = exchange.ask()
    exchange.tell(status, headers, b"")


def without(header: str) -> Fault:
    """All but one header."""

    def fault(exchange: Exchange) -> None:
        status, headers, body = exchange.ask()
        kept = [(name, value) for name, value in headers if name != header]
        exchange.tell(status, kept, body, length=-1 if header == "Content-Length" else None)
        exchange.hang_up(reset=False)

    return fault


def stalled(exchange: Exchange) -> None:
    """No answer."""
    exchange.proxy.closing.wait()
    exchange.hang_up(reset=True)


def stalled_midway(exchange: Exchange) -> None:
    """Half of the body, then nothing more."""
    status, headers, body = exchange.ask()
    exchange.tell(status, headers, body[: len(body) // 2], length=len(body))
    exchange.proxy.closing.wait()
    exchange.hang_up(reset=True)


def done_but_unanswered(exchange: Exchange) -> None:
    """The server does what it was asked; its answer is lost."""
    exchange.ask()
    exchange.hang_up(reset=True)
