"""Scores what `recognize-archive` wrote against labels."""

from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.parameter_descriptions import describe_parameters
from tasks.scoring import publish_evaluation, score_archive

Location = Annotated[
    str, Field(min_length=1, description="Folder or s3://bucket/prefix that holds the readings.")
]
LabelsPath = Annotated[
    str,
    Field(
        min_length=1,
        description="File or s3://bucket/key in the challenge's format: image_id,labels with "
        "U+XXXX x y width height for each character.",
    ),
]
ModelName = Annotated[
    str | None,
    Field(
        min_length=1,
        description="The model whose readings count: digest, builtin, champion or a path; it may "
        "be left out while the output holds one model's.",
    ),
]
LeastScore = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="Characters whose score is below are left out: the model's "
        "`calibration.threshold` has the best F1.",
    ),
]


@flow(name="evaluate-archive")
@describe_parameters
def evaluate_archive(
    output: Location,
    labels: LabelsPath,
    model: ModelName = None,
    least_score: LeastScore = 0.0,
) -> dict[str, Any]:
    """Compute the challenge's F1 of an archive's readings, overall and book by book.

    The figures lie in OUTPUT as ``evaluation.json`` and in Prefect as the artifact ``evaluation``.

    Returns:
        The evaluation as JSON values.
    """
    evaluation: dict[str, Any] = score_archive(output, labels, model, least_score)
    publish_evaluation(output, evaluation)
    return evaluation
