"""``kuzushiji recognize``."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from flows.commands.private_hosts import PrivateHosts
from flows.commands.terminal import (
    explained,
    fail,
    prefect_starting,
    prefer_quiet_prefect,
    print_table,
)


class Existing(StrEnum):
    """What happens to pages that this model has read before."""

    skip = "skip"
    overwrite = "overwrite"
    abort = "abort"


def recognize(
    archive: Annotated[
        str, typer.Argument(help="Folder, s3://bucket/prefix, zip file or IIIF address of scans.")
    ],
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix for the readings.")],
    model: Annotated[
        str, typer.Option(help="builtin, champion[:COLLECTION], a digest or a path.")
    ] = "builtin",
    context: Annotated[
        str, typer.Option(help="Re-ranks the unsure: builtin, a context.safetensors, or none.")
    ] = "builtin",
    select: Annotated[str, typer.Option(help="Glob on the keys; * crosses folders.")] = "*",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many pages.")] = None,
    existing: Annotated[Existing, typer.Option(help="Pages read before.")] = Existing.skip,
    retry_failed: Annotated[bool, typer.Option(help="Try unreadable pages again.")] = False,
    batch_size: Annotated[int, typer.Option(min=1, max=512, help="Pages per part.")] = 64,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    engine: Annotated[
        str, typer.Option(help="auto, torch, openvino[:FILE] or onnxruntime:FILE.")
    ] = "auto",
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    max_failure_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Fail above this share of unreadable pages.")
    ] = 0.1,
    submission: Annotated[bool, typer.Option(help="Also write submission.csv.")] = False,
    allow_private_hosts: PrivateHosts = False,
) -> None:
    """Read every scan that has no reading yet; a second run does only what is missing."""
    prefer_quiet_prefect()

    with prefect_starting():
        from flows.recognize_archive import recognize_archive
        from tasks.recognition_run import RecognitionSettings, check_settings

    parameters: dict[str, Any] = {
        "archive": archive,
        "output": output,
        "model": model,
        "context": context,
        "select": select,
        "limit": limit,
        "existing": existing.value,
        "retry_failed": retry_failed,
        "batch_size": batch_size,
        "device": device,
        "engine": engine,
        "dask": dask,
        "max_failure_rate": max_failure_rate,
        "submission": submission,
        "allow_private_hosts": allow_private_hosts,
    }
    explained(lambda: check_settings(RecognitionSettings(**parameters)))
    state: Any = explained(lambda: recognize_archive(**parameters, return_state=True))
    summary = explained(lambda: state.result(raise_on_failure=False))
    if isinstance(summary, BaseException):
        fail(str(summary))
    print_table("Recognition", [("", ""), *_summary_rows(summary)])
    if state.is_failed():
        fail(state.message or "the run failed", code=1)


def _summary_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    from tasks.recognition_summary import RecognitionSummary

    fields = {name: value for name, value in summary.items() if name != "failure_rate"}
    return RecognitionSummary(**fields).rows()
