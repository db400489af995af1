"""An S3 server in a process of its own that answers late.

python benchmarks/slow_s3.py PORT SECONDS
"""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

Environment = dict[str, Any]


def main(port: int, delay: float) -> None:
    """Serve until killed; requests for an object (not for a bucket) wait ``delay`` seconds."""
    application = DomainDispatcherApplication(create_backend_app)

    def late(environment: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
        if environment["PATH_INFO"].strip("/").count("/") > 0:
            time.sleep(delay)
        answer: Iterable[bytes] = application(environment, start)
        return answer

    run_simple("127.0.0.1", port, late, threaded=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
