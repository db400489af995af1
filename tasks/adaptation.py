"""The rounds of an adaptation and what came of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from model.gate import judge_candidate
from tasks.examination import Examination
from tasks.object_store import open_store
from tasks.promotion import promote_if_better

NOT_JUDGED = "the rounds ended but were not judged; run the same command again"


@dataclass(frozen=True, slots=True)
class AdaptationRound:
    """What a round led to.

    Attributes:
        number: from 1; 0 is the model that the adaptation began with.
        model: location of the round's model.
        aligned: figures of the alignment that it learnt from; see `tasks.page_alignment`.
        examination: of the model on the held-out pages.
    """

    number: int
    model: str
    aligned: Mapping[str, float]
    examination: Examination

    def to_dict(self) -> dict[str, Any]:
        """Return the round as plain JSON values."""
        return {
            "round": self.number,
            "model": self.model,
            "digest": self.examination.model,
            **self.aligned,
            **self.examination.figures,
        }


@task(name="conclude-adaptation", cache_policy=NO_CACHE)
def conclude_adaptation(
    output: str, rounds: Sequence[AdaptationRound], collection: str | None
) -> dict[str, Any]:
    """Compare the best round's model with the one that the adaptation began with.

    It becomes champion of the collection if it is better by more than noise; else it is kept, and
    the reason is told. The figures go beside the models and into Prefect; they are there before
    anything is judged, whatever the registry may say.

    Args:
        output: of the adaptation.
        rounds: the first is the model that it began with.
        collection: whose champion; None promotes nothing and needs no registry.

    Returns:
        ``rounds``; the ``model`` of the best of them, the first of several, or the last where
        nothing could be examined; ``promoted``, and the ``reason``.
    """
    table = [each.to_dict() for each in rounds]
    examined = any(each.examination.figures for each in rounds)
    best = max(rounds, key=lambda each: each.examination.score) if examined else rounds[-1]
    document = {"model": best.model, "promoted": False, "reason": NOT_JUDGED, "rounds": table}
    _write(output, document)
    promoted, reason = _judge(rounds[0], best, collection)
    document |= {"promoted": promoted, "reason": reason}
    _write(output, document)
    create_table_artifact(table=table, key="adaptation", description=reason)
    return document


def _write(output: str, document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    open_store(output).put("adaptation.json", text.encode())


def _judge(
    first: AdaptationRound, best: AdaptationRound, collection: str | None
) -> tuple[bool, str]:
    if not best.examination.figures:
        return False, "there was nothing to examine it on; hold out pages with text or boxes"
    if best is first:
        return False, "no round read the held-out pages better than the model it began with"
    if collection is None:
        verdict = judge_candidate(first.examination.pages, best.examination.pages)
        return False, f"{verdict.reason}; no collection was named whose champion it could become"
    promotion = promote_if_better(
        best.model,
        (first.examination, best.examination),
        collection,
        who="adapt-collection",
        why=f"round {best.number} of an adaptation",
    )
    return promotion.entry is not None, promotion.reason
