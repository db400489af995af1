"""``kuzushiji serve``."""

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.interruption import leave_signals_to_prefect
from flows.commands.prefect_server import address, running_server
from flows.commands.terminal import explained, prefer_private_prefect


def serve(
    file: Annotated[Path, typer.Option(help="Deployments to serve.")] = Path("prefect.yaml"),
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Of the server, where this starts one.")
    ] = 4200,
) -> None:
    """Serve the deployments of prefect.yaml from this process: no work pool, no worker.

    It uses the Prefect server that PREFECT_API_URL names, or starts one on this computer.
    """
    prefer_private_prefect()
    leave_signals_to_prefect()
    named = os.environ.get("PREFECT_API_URL")
    # Before Prefect is imported, and reads it.
    os.environ["PREFECT_API_URL"] = named or address(port)

    import prefect

    from flows.deployment_file import read_deployments

    deployments = explained(lambda: read_deployments(file))
    with ExitStack() as stack:
        api_url = explained(lambda: stack.enter_context(running_server(named, port)))
        typer.echo(f"Prefect's UI is at {api_url.removesuffix('/api')} until Ctrl-C")
        prefect.serve(*deployments)
