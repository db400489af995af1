"""An S3 server in a process of its own that answers late.

python benchmarks/slow_s3.py PORT SECONDS

A bucket is elsewhere, but this one shares its cores with what is measured. So objects that were
asked for once are kept as they were answered, and take little of a core when asked for again.
"""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

Environment = dict[str, Any]
Start = Callable[..., Any]


class LateAnswers:
    """Lets requests for an object (not for a bucket) wait.

    Args:
        application: what answers.
        delay: how many seconds.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], delay: float) -> None:
        self._application = application
        self._delay = delay
        self._kept: dict[str, tuple[tuple[Any, ...], list[bytes]]] = {}

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        path = environment["PATH_INFO"]
        if "/" in path.strip("/"):
            time.sleep(self._delay)
            if environment["REQUEST_METHOD"] != "GET":
                self._kept.pop(path, None)
            elif "HTTP_RANGE" not in environment and not environment["QUERY_STRING"]:
                return self._keep(path, environment, start)
        return self._application(environment, start)

    def _keep(self, path: str, environment: Environment, start: Start) -> list[bytes]:
        if path not in self._kept:
            heads: list[tuple[Any, ...]] = []
            body = list(self._application(environment, lambda *head: heads.append(head)))
            self._kept[path] = heads[0], body
        head, body = self._kept[path]
        start(*head)
        return body


def main(port: int, delay: float) -> None:
    """Serve until killed."""
    application = LateAnswers(DomainDispatcherApplication(create_backend_app), delay)
    run_simple("127.0.0.1", port, application, threaded=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
