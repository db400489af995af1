"""How commands speak: quiet servers, tables, and one sentence for an expected error."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import NoReturn, TypeVar

import typer

USAGE_ERROR = 2
T = TypeVar("T")


def prefer_private_prefect() -> None:
    """Nothing here reports to anybody, unless the environment says otherwise."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


def prefer_quiet_prefect() -> None:
    """Leave the terminal to our progress, tables and one-sentence errors.

    An error that Prefect would log with its traceback still fails the run, and reaches `explained`.
    Whoever sets Prefect's or Dask's settings keeps them.
    """
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")
    # Dask's worker processes import Prefect inside an event loop, where its plugins cannot start.
    os.environ.setdefault("PREFECT_PLUGINS_ENABLED", "false")
    prefer_private_prefect()
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")


@contextmanager
def prefect_starting() -> Iterator[None]:
    """Let Prefect's temporary server, if there has to be one, start beside what is done inside.

    What fails here fails again where the flow asks for its server, and is told there.
    """
    from prefect.client.orchestration import get_client
    from prefect.server.api import server  # noqa: F401 - not while another thread imports

    def start() -> None:
        with suppress(Exception):
            get_client(sync_client=True)

    starting = Thread(target=start, daemon=True)
    starting.start()
    yield
    starting.join()


def prefer_patient_threads() -> None:
    """Let OpenMP's threads sleep while they wait, before torch is imported and asks.

    Spinning threads of two busy processes on few cores slow a training down several times.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")


def explained(action: Callable[[], T]) -> T:
    """Run an action; an expected error becomes its one sentence and exit status 2."""
    try:
        return action()
    except (OSError, ValueError, RuntimeError, ArithmeticError) as error:
        fail(str(error))


def fail(message: str, code: int = USAGE_ERROR) -> NoReturn:
    """Print one sentence to standard error and exit."""
    typer.echo(f"kuzushiji: {message}", err=True)
    raise typer.Exit(code)


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their first as a table."""
    from rich.console import Console

    from tasks.tables import terminal_table

    Console().print(terminal_table(title, rows))
