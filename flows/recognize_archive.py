"""Reads an archive: plan what is missing, recognize it batch by batch, report.

Run it as ``kuzushiji recognize ARCHIVE --output OUT`` or ``python -m flows.recognize_archive``.
"""

from datetime import date
from typing import Annotated, Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.parameter_descriptions import describe_parameters
from tasks.batches import recognize_batches
from tasks.recognition_run import RecognitionSettings, open_run, publish_summary
from tasks.recognition_summary import summarize

BATCHES_UNDER_WAY = 3  # one is read; the others are fetched, even where two end together

Location = Annotated[str, Field(min_length=1, description="Folder or s3://bucket/prefix.")]
Archive = Annotated[
    str,
    Field(
        min_length=1,
        description="Folder, s3://bucket/prefix, zip file, or a IIIF manifest or collection.",
    ),
]


@flow(
    name="recognize-archive",
    task_runner=ThreadPoolTaskRunner[Any](max_workers=BATCHES_UNDER_WAY),  # type: ignore[arg-type]  # Prefect's own runner
)
@describe_parameters
def recognize_archive(
    archive: Archive,
    output: Location,
    model: Annotated[
        str, Field(description="builtin, champion[:COLLECTION], a digest, a path or s3://.")
    ] = "builtin",
    context: Annotated[
        str, Field(description="Re-ranks unsure characters: builtin, a context.safetensors, none.")
    ] = "builtin",
    select: Annotated[str, Field(description="Glob on the keys of the scans.")] = "*",
    limit: Annotated[int | None, Field(ge=1, description="Handle at most so many pages.")] = None,
    existing: Annotated[
        Literal["skip", "overwrite", "abort"],
        Field(description="What to do with pages that this model has read before."),
    ] = "skip",
    retry_failed: Annotated[bool, Field(description="Try unreadable pages again.")] = False,
    batch_size: Annotated[int, Field(ge=1, le=512, description="Pages per Parquet part.")] = 64,
    device: Annotated[str, Field(description="auto, cpu, cuda or cuda:N.")] = "auto",
    engine: Annotated[
        str,
        Field(description="auto, torch, openvino, or openvino:FILE or onnxruntime:FILE (exported)"),
    ] = "auto",
    dask: Annotated[
        str | None, Field(description="Address of a Dask scheduler; none starts Dask in process.")
    ] = None,
    max_failure_rate: Annotated[
        float, Field(ge=0, le=1, description="The run fails above this share of unreadable pages.")
    ] = 0.1,
    submission: Annotated[bool, Field(description="Also write submission.csv.")] = False,
    allow_private_hosts: Annotated[
        bool, Field(description="Let IIIF addresses lead into private networks.")
    ] = False,
    since: Annotated[
        date | None, Field(description="Only scans written on that day (UTC) or later.")
    ] = None,
    show_progress: Annotated[
        bool, Field(description="Show the progress on standard error.")
    ] = True,
) -> State[dict[str, Any]]:
    """Read every scan of an archive that has no reading yet.

    Returns:
        A completed state with the summary as JSON values, or a failed one if more pages than
        ``max_failure_rate`` could not be read.
    """
    settings = RecognitionSettings(
        archive=archive,
        output=output,
        model=model,
        context=context,
        select=select,
        limit=limit,
        existing=existing,
        retry_failed=retry_failed,
        batch_size=batch_size,
        device=device,
        engine=engine,
        dask=dask,
        max_failure_rate=max_failure_rate,
        submission=submission,
        allow_private_hosts=allow_private_hosts,
        since=since.isoformat() if since else None,
        show_progress=show_progress,
    )
    with open_run(settings) as (plan, recognition):
        reports = recognize_batches(recognition, plan.batches)
        summary = summarize(
            recognition.archive.location,
            recognition.output.location,
            recognition.model_digest,
            plan,
            reports,
            recognition.progress.seconds,
            recognition.reading.gpu_workers,
        )
    publish_summary(settings, summary, reports)
    if summary.failure_rate > max_failure_rate:
        message = (
            f"{summary.failure_rate:.1%} of the pages could not be read, more than the bound of "
            f"{max_failure_rate:.1%}; their causes are in the column error_message"
        )
        return Failed(message=message, data=summary.to_dict())
    return Completed(message=f"{summary.pages} pages", data=summary.to_dict())


if __name__ == "__main__":
    from flows.cli import main

    main(["recognize"])
