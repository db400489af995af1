"""``kuzushiji evaluate``."""

from typing import Annotated

import typer

from flows.commands.terminal import explained, prefer_quiet_prefect, print_table


def evaluate(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix of readings.")],
    labels: Annotated[str, typer.Option(help="Truth: image_id,labels as CSV.")],
    model: Annotated[str | None, typer.Option(help="Which, where several models read.")] = None,
    least_score: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out characters whose score is below.")
    ] = 0.0,
) -> None:
    """Score readings with the challenge's F1, overall and by book."""
    prefer_quiet_prefect()

    from flows.evaluate_archive import evaluate_archive
    from tasks.evaluation import (
        HEADINGS,
        coverage_sentence,
        evaluation_from_json,
        evaluation_to_rows,
    )

    result = explained(lambda: evaluate_archive(output, labels, model, least_score))
    evaluation = evaluation_from_json(result)
    print_table("Evaluation", [HEADINGS, *evaluation_to_rows(evaluation)])
    typer.echo(coverage_sentence(evaluation))
