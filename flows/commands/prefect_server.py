"""A Prefect server of this command's own, for those who run none."""

import http.client
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"  # whoever reaches the server can run flows: nobody but this computer
STARTUP_SECONDS = 180  # it creates its database first; measured 7 s on a quiet computer
SHUTDOWN_SECONDS = 30


@contextmanager
def running_server(api_url: str | None, port: int) -> Iterator[str]:
    """Provide a Prefect server: the one that is named, or one that ends with the context.

    Args:
        api_url: an address that the environment gives; none starts a server.
        port: where it is started.

    Yields:
        The address of its API.

    Raises:
        RuntimeError: if the port is taken, or the server does not start.
    """
    if api_url:
        yield api_url
        return
    _check_port(port)
    # Ctrl-C is not for it: what is being served reports its end to the server.
    process = subprocess.Popen(  # noqa: S603 - no word of the command comes from outside
        [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_healthy(address(port), process)
        yield address(port)
    finally:
        _end(process)


def address(port: int) -> str:
    """Return the API's address of a server that `running_server` starts."""
    return f"http://{HOST}:{port}/api"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise RuntimeError(
                f"port {port} is taken: if Prefect's server is there, set "
                f"PREFECT_API_URL=http://{HOST}:{port}/api, else name another by --port"
            ) from None


def _wait_until_healthy(api_url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + STARTUP_SECONDS
    while not _is_healthy(api_url):
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError("Prefect's server does not start: try `prefect server start`")
        time.sleep(0.2)


def _is_healthy(api_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=5):  # noqa: S310 - ours, http
            return True
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError):
        return False
