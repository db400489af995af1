"""Shows on one page how well `recognize-archive` read, and where it fails."""

from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.evaluate_archive import LabelsPath, Location, ModelName
from flows.parameter_descriptions import describe_parameters
from tasks.report.build import publish_report, write_report

ReportPath = Annotated[
    str,
    Field(
        pattern=r"[^/]\.html$",
        description="File or s3://bucket/key of the report; its numbers lie beside it as JSON.",
    ),
]
ScansLocation = Annotated[
    str | None,
    Field(
        min_length=1,
        description="Folder or s3://bucket/prefix of the scans that were read, for pictures of "
        "pages and characters.",
    ),
]


@flow(name="report-archive")
@describe_parameters
def report_archive(
    output: Location,
    labels: LabelsPath,
    to: ReportPath,
    archive: ScansLocation = None,
    model: ModelName = None,
) -> dict[str, Any]:
    """Write an evaluation report of an archive's readings as one self-contained HTML file.

    Prefect links it as the artifact ``report``.

    Returns:
        The report's numbers as JSON values.
    """
    figures: dict[str, Any] = write_report(output, labels, to, archive, model)
    publish_report(to, figures)
    return figures
