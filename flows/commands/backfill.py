"""``kuzushiji backfill``."""

from datetime import datetime
from typing import Annotated, Any

import typer

from flows.commands.private_hosts import PrivateHosts
from flows.commands.terminal import explained, fail, prefer_quiet_prefect, print_table


def backfill(
    collections: Annotated[
        str, typer.Option(help="Glob of folders, in quotes, or a CSV file of archive,output.")
    ],
    output: Annotated[
        str | None, typer.Option(help="With a glob: folder or s3://bucket/prefix for all outputs.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="builtin, champion[:COLLECTION], a digest or a path.")
    ] = "builtin",
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only scans written on that day (UTC) or later."),
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Read; without it, only the plan.")] = False,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Collections read at once.")] = 2,
    deployment: Annotated[
        str | None, typer.Option(help="FLOW/DEPLOYMENT whose workers read the collections.")
    ] = None,
    attempt: Annotated[
        str | None, typer.Option(help="With --deployment: starts each run once in an attempt.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option(help="Try unreadable pages again.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=512, help="Pages per part.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    max_failure_rate: Annotated[
        float, typer.Option(min=0, max=1, help="A collection fails above this share.")
    ] = 0.1,
    allow_private_hosts: PrivateHosts = False,
) -> None:
    """Read what is missing in many collections; one that fails does not stop the others."""
    shared: dict[str, Any] = {
        "collections": collections,
        "output": output,
        "model": model,
        "at_once": at_once,
        "retry_failed": retry_failed,
        "batch_size": batch_size,
        "device": device,
        "dask": dask,
        "max_failure_rate": max_failure_rate,
        "allow_private_hosts": allow_private_hosts,
    }
    day = since.date() if since else None
    if run:
        _run({**shared, "since": day, "deployment": deployment, "attempt": attempt, "run": True})
    else:
        _show_plan({**shared, "since": day and day.isoformat()})


def _show_plan(settings: dict[str, Any]) -> None:
    from tasks.backfill_plan import BackfillSettings, plan_backfill

    plan = explained(lambda: plan_backfill(BackfillSettings(**settings)))
    print_table("Plan", plan.table())
    typer.echo(f"{plan.sentence} with model {plan.model_digest[:12]}; --run reads them")


def _run(parameters: dict[str, Any]) -> None:
    prefer_quiet_prefect()

    from flows.backfill_collections import backfill_collections

    state: Any = explained(lambda: backfill_collections(**parameters, return_state=True))
    result = explained(lambda: state.result(raise_on_failure=False))
    if isinstance(result, BaseException):
        fail(str(result))
    print_table("Backfill", result["table"])
    if state.is_failed():
        fail(state.message or "the backfill failed", code=1)
