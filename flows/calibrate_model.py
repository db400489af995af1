"""Calibrates a model's confidences on pages that it was not trained on.

Run it as ``kuzushiji calibrate --model M --labels KIND:LOCATION --output DIR``.
"""

from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.parameter_descriptions import describe_parameters
from tasks.page_alignment import open_transcribed
from tasks.reader_calibration import CalibrationPages, calibrate_reader
from tasks.training_material import LabelledSource


@flow(name="calibrate-model")
@describe_parameters
def calibrate_model(
    output: Annotated[str, Field(min_length=1, description="Folder or s3://bucket/prefix.")],
    model: Annotated[str, Field(description="The model to calibrate.")] = "builtin",
    labels: Annotated[
        list[LabelledSource] | None, Field(description="Held-out pages with boxes.")
    ] = None,
    pages: Annotated[str | None, Field(description="Held-out scans with transcriptions.")] = None,
    transcriptions: Annotated[
        str | None, Field(description="Their texts: NAME.txt, TSV, ALTO or TEI.")
    ] = None,
    device: Annotated[str, Field(description="auto, cpu, cuda or cuda:N.")] = "auto",
) -> dict[str, Any]:
    """Fit confidences and thresholds; write the model anew with them in its card.

    Returns:
        What was fitted and measured.
    """
    if (pages is None) != (transcriptions is None) or not (labels or pages):
        raise ValueError(
            "calibration needs labels, or pages together with transcriptions, of books that the "
            "model was not trained on"
        )
    transcribed = open_transcribed(pages, transcriptions) if pages is not None else None
    return calibrate_reader(
        model, CalibrationPages(labels or [], transcribed), output, device=device
    )


if __name__ == "__main__":
    from flows.cli import main

    main(["calibrate"])
