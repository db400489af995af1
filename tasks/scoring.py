"""Scores an archive's readings against labels and publishes the figures: Prefect tasks."""

import json
from collections.abc import Mapping
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from tasks.challenge import read_labels
from tasks.evaluation import (
    evaluate,
    evaluation_from_json,
    evaluation_to_json,
    evaluation_to_markdown,
)
from tasks.models import model_digits, read_object
from tasks.object_store import ObjectStore, open_store
from tasks.readings import NoReadingsError, latest_rows, parts_by_model


class SeveralModelsError(ValueError):
    """The output holds readings of several models and none was chosen."""


@task(name="score-archive", cache_policy=NO_CACHE)
def score_archive(
    output: str, labels: str, model: str | None = None, least_score: float = 0.0
) -> dict[str, Any]:
    """Compare the current readings with labels.

    Args:
        output: location of the readings.
        labels: file or object in the challenge's format.
        model: digest, or its first digits, of the model whose readings count.
        least_score: characters whose score is below are left out.

    Returns:
        The evaluation as JSON values.

    Raises:
        NoReadingsError: if there is nothing to score.
        SeveralModelsError: if the readings are of several models and ``model`` is None.
        ChallengeFormatError: if the labels do not have the challenge's format.
    """
    truth = read_labels(read_object(labels))
    store = open_store(output)
    digest = choose_model(store, model)
    rows = latest_rows(store, digest)
    readings = {row.scan.key: row.reading for row in rows}
    return evaluation_to_json(evaluate(truth, readings, least_score))


@task(name="publish-evaluation", cache_policy=NO_CACHE)
def publish_evaluation(output: str, evaluation: Mapping[str, Any]) -> None:
    """Write ``evaluation.json`` beside the readings and the table into Prefect."""
    data = json.dumps(evaluation, ensure_ascii=False, indent=2).encode()
    open_store(output).put("evaluation.json", data)
    create_markdown_artifact(
        evaluation_to_markdown(evaluation_from_json(evaluation)), key="evaluation"
    )


def choose_model(store: ObjectStore, model: str | None) -> str:
    """Return the digest of the one model whose readings are meant.

    Args:
        store: the readings.
        model: see `tasks.models`; digits are those of a model that has read here, with a context
            or without.

    Raises:
        NoReadingsError: if there are no readings of it.
        SeveralModelsError: if there are several and none was named.
    """
    folders = sorted(parts_by_model(store))
    cards = {f: json.loads(store.get(f"models/{f}/model_card.json")) for f in folders}
    digits = model_digits(model) if model else ""
    meant = [folder for folder, card in cards.items() if _is_of(card, digits)]
    if not meant:
        of_model = f" of model {model}" if model else ""
        raise NoReadingsError(
            f"{store.location} holds no readings{of_model}; run kuzushiji recognize first"
        )
    if len(meant) > 1:
        raise SeveralModelsError(
            f"{store.location} holds readings of the models {', '.join(meant)}; name one with "
            "--model"
        )
    return str(cards[meant[0]]["digest"])


def _is_of(card: Mapping[str, Any], digits: str) -> bool:
    """Whether digits begin a reader's digest, or that of its model, which may have a context."""
    names = [card["digest"], card.get("files", {}).get("model", "")]
    return any(name.startswith(digits) for name in names)
