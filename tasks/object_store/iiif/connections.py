"""Connections that check the address they were given, after its resolution and before a byte.

The name is resolved once, and what was checked is what is connected to: a name server that answers
differently the next time (DNS rebinding) gains nothing.
"""

import socket
import threading
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse
from urllib3.util.connection import create_connection

from tasks.object_store.iiif.addresses import may_connect

ANSWER_SECONDS = 60  # until the head of an answer is complete, however slowly it drips in


class RefusedAddressError(Exception):
    """The host lies where nobody may be asked. No OSError: urllib3 would wrap it."""


class CheckedHTTPConnection(HTTPConnection):
    """A connection to a host of the public internet.

    Args:
        allow_private: this computer and private networks too.
        options: see urllib3.
    """

    def __init__(self, *, allow_private: bool, **options: Any) -> None:  # noqa: ANN401 - urllib3's own
        super().__init__(**options)
        self._allow_private = allow_private
        self._hung_up = False

    def _new_conn(self) -> socket.socket:
        try:
            host = self._dns_host.strip("[]")  # as urllib3 does: IPv6 in an address has brackets
            found = socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        addresses = [str(answer[4][0]) for answer in found]
        if not all(may_connect(a, allow_private=self._allow_private) for a in addresses):
            raise RefusedAddressError
        return self._connect_to_one_of(addresses)

    def _connect_to_one_of(self, addresses: list[str]) -> socket.socket:
        failure: Exception = OSError("no address")
        for address in addresses:
            try:
                return create_connection(
                    (address, self.port), self.timeout, socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
        raise NewConnectionError(self, str(failure)) from failure

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3's own kind
        """Wait for the head of the answer, for so long and no longer."""
        overdue = threading.Timer(ANSWER_SECONDS, self._hang_up)
        overdue.daemon = True
        overdue.start()
        try:
            answer = super().getresponse()
        except ValueError as error:  # http.client on a senseless length
            raise HTTPException(str(error)) from error
        finally:
            overdue.cancel()
        if self._hung_up:  # for http.client a head cut off is complete
            answer.close()
            raise HTTPException("the head of the answer takes too long")
        return answer

    def _hang_up(self) -> None:
        self._hung_up = True
        if self.sock is not None:
            with suppress(OSError):  # it hung up by itself just now
                self.sock.shutdown(socket.SHUT_RDWR)


class CheckedHTTPSConnection(CheckedHTTPConnection, HTTPSConnection):
    """The same with TLS: the certificate is checked against the name, not the address."""


class CheckedHTTPPool(HTTPConnectionPool):
    """Connections to one host and port."""

    ConnectionCls = CheckedHTTPConnection


class CheckedHTTPSPool(HTTPSConnectionPool):
    """The same with TLS."""

    ConnectionCls = CheckedHTTPSConnection
