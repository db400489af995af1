"""Lets a model become champion only if it reads held-out pages better than its parent."""

import json
from dataclasses import dataclass

from model.artifact import artifact_digest
from model.gate import Verdict, judge_candidate
from tasks.champion_log import DEFAULT, ChampionLog, LogEntry
from tasks.champions import Champions, NoChampionError
from tasks.examination import Examination
from tasks.models import open_registry, read_model
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store


class NotComparedError(ValueError):
    """Nothing shows whether a model is better than the champion."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What came of it.

    Attributes:
        entry: of the log; None if the model was not promoted.
        reason: one sentence.
    """

    entry: LogEntry | None
    reason: str


def promote_if_better(
    model: str,
    examinations: tuple[Examination, Examination],
    collection: str = DEFAULT,
    *,
    who: str,
    why: str,
) -> Promotion:
    """Put a model into the registry, and promote it if it beats its parent by more than noise.

    Args:
        model: the candidate; see `tasks.models`.
        examinations: of the parent and of the candidate, on the same pages.
        collection: whose champion.
        who: for the log.
        why: likewise.

    Raises:
        ValueError: if the examinations are not of the same pages, or not of this model.
        ChampionChangedError: if there is a champion and it is not the parent.
        NoRegistryError, StoreError: if the registry is not there or refuses.
    """
    parent, candidate = examinations
    champions = Champions(open_registry(create=True))
    digest = champions.registry.add(read_model(model))
    if candidate.model != digest:
        raise ValueError(f"the examination is of {candidate.model[:12]}, not of {digest[:12]}")
    verdict: Verdict = judge_candidate(parent.pages, candidate.pages)
    if not verdict.better:
        return Promotion(None, verdict.reason)
    last = ChampionLog(champions.registry.store, collection).last()
    if last is not None and last.digest == digest:  # an earlier call came so far
        return Promotion(last, verdict.reason)
    entry = champions.promote(
        digest,
        collection,
        who=who,
        why=why,
        metrics={"parent": parent.model, **verdict.to_dict()},
        instead_of=parent.model if champion_of(champions, collection) else None,
    )
    return Promotion(entry, verdict.reason)


def promote_without_gate(
    model: str, collection: str = DEFAULT, *, who: str, why: str, anyway: bool = False
) -> Promotion:
    """Promote the first champion, or another ``anyway``.

    Raises:
        NotComparedError: if there is a champion already.
    """
    champions = Champions(open_registry(create=True))
    champion = champion_of(champions, collection)
    if champion and not anyway:
        raise NotComparedError(
            f"{champion[:12]} is champion of {collection!r}; show with --examinations that the "
            "model is better, or promote it with --anyway"
        )
    digest = champions.registry.add(read_model(model))
    entry = champions.promote(digest, collection, who=who, why=why, instead_of=champion)
    return Promotion(entry, "it was not compared with any other")


def check_comparable(model: str, collection: str, examinations: str) -> None:
    """See before the work that `promote_if_better` could promote what grows out of a model.

    Args:
        model: digest.
        collection: whose champion.
        examinations: location of what `tasks.examination.examine_model` wrote so far.

    Raises:
        NotComparedError: if another model is champion, and was not examined.
        NoRegistryError, StoreError: if the registry is not there or refuses.
    """
    champion = champion_of(Champions(open_registry(create=True)), collection)
    if champion in (None, model):
        return
    try:
        read_examination(open_store(examinations, create=True), champion)
    except NotComparedError as error:
        raise NotComparedError(
            f"{champion[:12]} is champion of {collection!r} and would not be compared with what "
            f"grows out of {model[:12]}; begin with --model champion:{collection}, or leave out "
            "--collection"
        ) from error


def champion_of(champions: Champions, collection: str) -> str | None:
    """Return the digest that `Champions.of` returns, or None where there is none."""
    try:
        return champions.of(collection)
    except NoChampionError:
        return None


def examinations_against_champion(
    store: ObjectStore, model: str, collection: str
) -> tuple[Examination, Examination]:
    """Read the examinations of the champion and of a model, as `kuzushiji adapt` leaves them.

    Raises:
        NotComparedError: if one of them is not there.
    """
    champion = Champions(open_registry()).of(collection)
    digest = artifact_digest(read_model(model))
    return read_examination(store, champion), read_examination(store, digest)


def read_examination(store: ObjectStore, digest: str) -> Examination:
    """Read what `tasks.examination.examine_model` wrote of a model.

    Raises:
        NotComparedError: if it did not examine that model there, or the file is damaged.
    """
    key = f"{digest[:12]}.json"
    try:
        return Examination.from_dict(json.loads(store.get(key)))
    except ObjectNotFoundError as error:
        raise NotComparedError(
            f"{store.location} has no examination of {digest[:12]}; name the folder examinations "
            "of a `kuzushiji adapt` that compared both"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotComparedError(
            f"{key} in {store.location} is no examination; delete it and examine again"
        ) from error
