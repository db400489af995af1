"""Removes the parts of a model that others have superseded, when it is asked for by name."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tasks.object_store import ObjectStore
from tasks.readings import NoReadingsError, pages_of, parts_by_model

_DIGITS = re.compile("[0-9a-f]{8,64}")
_FOLDER_DIGITS = 12
_THREADS = 8  # waiting for the store


class PruneError(ValueError):
    """These parts may not be removed."""


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """What would be removed.

    Attributes:
        folder: the first 12 digits of the model's digest.
        parts: keys of its parts.
        pages: page keys in them.
        alone: how many this model has read and no other has.
    """

    folder: str
    parts: tuple[str, ...]
    pages: int
    alone: int


def plan_prune(store: ObjectStore, model: str) -> PrunePlan:
    """Find the parts of a model and what would be lost with them.

    Args:
        store: where the readings are.
        model: its digest, or at least the first 8 digits.

    Raises:
        PruneError: if ``model`` is no digest, means several models, or the only one.
        NoReadingsError: if it has no readings here.
        StoreError, ReadingsFormatError: if the parts cannot be read.
    """
    if not _DIGITS.fullmatch(model):
        raise PruneError(f"model must be 8 to 64 lower-case hexadecimal digits, got {model!r}")
    models = parts_by_model(store)
    meant = [folder for folder in sorted(models) if folder.startswith(model[:_FOLDER_DIGITS])]
    if not meant:
        raise NoReadingsError(
            f"{store.location} holds no readings of model {model}; kuzushiji status lists them"
        )
    if len(meant) > 1:
        raise PruneError(f"{model} means the models {', '.join(meant)}; give more digits")
    if len(models) == 1:
        raise PruneError(
            f"{meant[0]} is the only model that has read {store.location}; its readings stay"
        )
    own = tuple(part.key for part in models.pop(meant[0]))
    others = (part.key for parts in models.values() for part in parts)
    held, read = pages_of(store, own)
    return PrunePlan(meant[0], own, len(held), len(read - pages_of(store, others)[1]))


def prune(store: ObjectStore, plan: PrunePlan) -> None:
    """Remove the parts; the model's card stays, as the record of what once read here.

    Raises:
        StoreError: if the store refuses; what is left can be removed by the same call.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(store.delete, plan.parts))
