"""What an adaptation learns from and is examined on, kept apart by book."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from model.characters import Labels
from model.gate import judge_candidate
from tasks.examination import Examination
from tasks.label_sources import open_labels, split_by_book
from tasks.object_store import open_store
from tasks.page_alignment import TranscribedPages
from tasks.promotion import promote_if_better
from tasks.scans import key_selector
from tasks.training_material import LabelledSource
from tasks.training_sources import HeldOutPages


@dataclass(frozen=True, slots=True, eq=False)
class AdaptationPages:
    """Pages of a collection.

    Attributes:
        training: what the reader may learn from.
        held_out: pages with a transcription, of other books.
        labelled: pages with boxes that nothing trains on.
    """

    training: TranscribedPages
    held_out: TranscribedPages
    labelled: tuple[HeldOutPages, ...]


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


def split_pages(
    pages: TranscribedPages,
    labelled: Sequence[LabelledSource],
    *,
    hold_out: Sequence[str],
    fold: int,
) -> AdaptationPages:
    """Keep some books for the examination.

    Args:
        pages: scans and their transcriptions.
        labelled: pages with boxes to examine on, all of them.
        hold_out: globs on the keys of the scans to hold out; without any it is the books of
            ``fold``.
        fold: see `tasks.label_sources.split_by_book`.

    Raises:
        ValueError: if a glob fits no scan, or nothing is left to learn from.
    """
    held = _matching(pages, hold_out) if hold_out else _of_fold(pages, fold)
    training = pages.where(lambda key: key not in held)
    if not training.pages:
        raise ValueError(
            "every page is held out for the examination, none is left to learn from; choose "
            "another --hold-out"
        )
    archives = [open_labels(source.kind, source.root) for source in labelled]
    boxes = tuple(HeldOutPages(archive.store, archive.pages) for archive in archives)
    return AdaptationPages(training, pages.where(held.__contains__), boxes)


def _matching(pages: TranscribedPages, globs: Sequence[str]) -> set[str]:
    keys = [scan.key for scan, _ in pages.pages]
    held: set[str] = set()
    for glob in globs:
        matching = set(filter(key_selector(glob), keys))
        if not matching:
            raise ValueError(f"no page is called like {glob!r}; the first is {keys[0]!r}")
        held |= matching
    return held


def _of_fold(pages: TranscribedPages, fold: int) -> set[str]:
    unlabelled = [(scan, Labels.empty()) for scan, _ in pages.pages]
    return {scan.key for scan, _ in split_by_book(unlabelled, fold=fold).validation}


@task(name="conclude-adaptation", cache_policy=NO_CACHE)
def conclude_adaptation(
    output: str, rounds: Sequence[AdaptationRound], collection: str | None
) -> dict[str, Any]:
    """Compare the best round's model with the one that the adaptation began with.

    It becomes champion of the collection if it is better by more than noise; else it is kept, and
    the reason is told. The figures go beside the models and into Prefect.

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
    promoted, reason = _judge(rounds[0], best, collection)
    document = {"model": best.model, "promoted": promoted, "reason": reason, "rounds": table}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    open_store(output).put("adaptation.json", text.encode())
    create_table_artifact(table=table, key="adaptation", description=reason)
    return document


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
