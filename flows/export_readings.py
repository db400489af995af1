"""Writes an archive's readings in the formats that people and other programs read.

Run it as ``kuzushiji export OUT --to DEST --format alto`` or ``python -m flows.export_readings``.
"""

from typing import Annotated, Any, Literal

from prefect import flow
from pydantic import Field

from flows.evaluate_archive import ModelName
from flows.parameter_descriptions import describe_parameters
from tasks.export_plan import ExportSettings
from tasks.export_run import export_archive, publish_export
from tasks.exports.formats import FormatName

Location = Annotated[str, Field(min_length=1, description="Folder or s3://bucket/prefix.")]


@flow(name="export-readings")
@describe_parameters
def export_readings(
    output: Location,
    destination: Location,
    formats: Annotated[list[FormatName], Field(min_length=1, description="One folder each.")],
    model: ModelName = None,
    existing: Annotated[
        Literal["skip", "overwrite", "abort"],
        Field(description="What to do with files that are newer than their readings."),
    ] = "skip",
    base_url: Annotated[
        str | None, Field(description="For IIIF: web address that the destination will have.")
    ] = None,
    images_url: Annotated[
        str | None, Field(description="For IIIF: web address of the scans, if it is another.")
    ] = None,
) -> dict[str, Any]:
    """Write the current reading of every page, failed pages left out.

    Returns:
        The summary as JSON values.
    """
    settings = ExportSettings(
        output=output,
        destination=destination,
        formats=tuple(dict.fromkeys(formats)),
        model=model,
        existing=existing,
        base_url=base_url,
        images_url=images_url,
    )
    summary = export_archive(settings)
    publish_export(settings, summary)
    return summary.to_dict()


if __name__ == "__main__":
    from flows.cli import main

    main(["export"])
