"""Reads many collections: plans each, reads some at once, and shows how far all are.

Run it as ``kuzushiji backfill --collections GLOB --output OUT --run`` or
``python -m flows.backfill_collections``.
"""

from datetime import date
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from flows.parameter_descriptions import describe_parameters
from flows.recognize_archive import recognize_archive
from tasks.archive_collections import Collection
from tasks.backfill_plan import BackfillSettings, plan_backfill
from tasks.backfill_run import Recognize, on_workers, read_collections, run_name
from tasks.backfill_table import live_table, publish_plan, table_to_json


@flow(name="backfill-collections")
@describe_parameters
def backfill_collections(
    collections: Annotated[
        str,
        Field(
            min_length=1,
            description="Glob of folders such as s3://scans/*, or a CSV file of archive,output.",
        ),
    ],
    output: Annotated[
        str | None,
        Field(description="With a glob: each collection's readings go into a folder below it."),
    ] = None,
    model: Annotated[
        str, Field(description="builtin, champion[:COLLECTION], a digest, a path or s3://.")
    ] = "builtin",
    since: Annotated[
        date | None, Field(description="Only scans written on that day (UTC) or later.")
    ] = None,
    run: Annotated[
        bool, Field(description="Read; otherwise only show what would be read.")
    ] = False,
    at_once: Annotated[int, Field(ge=1, le=64, description="Collections read at once.")] = 2,
    deployment: Annotated[
        str | None,
        Field(
            description="FLOW/DEPLOYMENT of recognize-archive whose workers read the collections; "
            "none reads them in this process."
        ),
    ] = None,
    attempt: Annotated[
        str | None,
        Field(
            description="Names this attempt to the deployment: a collection's run is started once "
            "in an attempt. None means the id of this flow run."
        ),
    ] = None,
    retry_failed: Annotated[bool, Field(description="Try unreadable pages again.")] = False,
    batch_size: Annotated[int, Field(ge=1, le=512, description="Pages per Parquet part.")] = 64,
    device: Annotated[str, Field(description="auto, cpu, cuda or cuda:N.")] = "auto",
    dask: Annotated[
        str | None, Field(description="Address of a Dask scheduler; none starts Dask in process.")
    ] = None,
    max_failure_rate: Annotated[
        float,
        Field(ge=0, le=1, description="A collection fails above this share of unreadable pages."),
    ] = 0.1,
    allow_private_hosts: Annotated[
        bool, Field(description="Let IIIF addresses lead into private networks.")
    ] = False,
) -> State[dict[str, Any]]:
    """Read what is missing in every collection; one that fails does not stop the others.

    Returns:
        A completed state with the table as JSON values, or a failed one if a collection failed.
    """
    settings = BackfillSettings(
        collections=collections,
        output=output,
        model=model,
        since=since.isoformat() if since else None,
        at_once=at_once,
        retry_failed=retry_failed,
        batch_size=batch_size,
        device=device,
        dask=dask,
        max_failure_rate=max_failure_rate,
        allow_private_hosts=allow_private_hosts,
    )
    plan = plan_backfill(settings)
    publish_plan(plan)
    if not run:
        return Completed(message=plan.sentence, data=table_to_json(plan.model_digest, plan.table()))
    recognize: Recognize = in_process
    if deployment is not None:
        recognize = on_workers(deployment, plan.model_digest, attempt or str(flow_run.id))
    with live_table() as shown:
        for collections_now in read_collections(settings, plan, recognize):
            shown.show(collections_now)
    data = table_to_json(plan.model_digest, shown.table)
    if shown.failed:
        return Failed(
            message=f"{shown.failed} of {len(plan.collections)} collections failed", data=data
        )
    return Completed(message=f"{len(plan.collections)} collections", data=data)


def in_process(collection: Collection, parameters: dict[str, Any]) -> State[Any]:
    """Read one collection as a subflow."""
    # A name that is a text would be a template, and braces in it placeholders.
    named = recognize_archive.with_options(flow_run_name=lambda: run_name(collection))
    state: State[Any] = named(**parameters, return_state=True)
    return state


if __name__ == "__main__":
    from flows.cli import main

    main(["backfill"])
