"""Begins an adaptation or goes on with it: what it was begun with stands beside its rounds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from model.presets import PRESETS, preset_of
from tasks.adaptation_pages import AdaptationPages
from tasks.models import load_model, pinned_name
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.promotion import check_comparable

CONFIGURATION = "configuration.json"
EXAMINATIONS = "examinations"
NAMES = {"named", "start"}  # another name of the same model is no other model
ELSEWHERE = {"crop_workers", "dask", "processes"}  # who computes, which changes no result


class OtherAdaptationError(ValueError):
    """The output holds an adaptation that was begun with something else."""


@dataclass(frozen=True, slots=True)
class AdaptationSettings:
    """What makes an adaptation what it is, beside its pages; see the flow ``adapt-collection``.

    Attributes:
        model: name of the model to begin with.
        transcriptions: location of the texts.
        untranscribed: whether pages without a text take part.
        steps: of each round.
        learning_rate: its peak in each round; None takes half of the preset's.
        synthetic_share: share of synthetic crops.
        training: further parameters of ``train-detector``.
    """

    model: str
    transcriptions: str | None
    untranscribed: bool
    steps: int
    learning_rate: float | None
    synthetic_share: float
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdaptationStart:
    """What the rounds begin with.

    Attributes:
        model: a name that means the same model for as long as the adaptation lasts.
        preset: of its architecture.
        learning_rate: peak in each round.
    """

    model: str
    preset: str
    learning_rate: float


@task(name="begin-adaptation", cache_policy=NO_CACHE)
def begin_adaptation(
    output: str, pages: AdaptationPages, settings: AdaptationSettings, collection: str | None
) -> AdaptationStart:
    """Find what would stop an adaptation, and write down what it is begun with.

    Of a champion the digest is kept: the adaptation goes on with the model that it began with,
    whoever is champion by then.

    Args:
        output: folder or s3://bucket/prefix of the adaptation.
        pages: what it learns from and is examined on.
        settings: the rest.
        collection: whose champion the best model may become; None asks no registry.

    Raises:
        OtherAdaptationError: if the output was begun with another model, other pages, another
            hold-out or other parameters of the training.
        NotComparedError: if the collection's champion is a model that the adaptation does not
            examine.
        NoRegistryError, StoreError: if a collection is named and no registry can be reached.
        ValueError: if no preset has the model's architecture.
    """
    store = open_store(output, create=True)
    begun = _read(store)
    same = begun is not None and begun["named"] == settings.model
    name = begun["start"] if begun is not None and same else pinned_name(settings.model)
    model = load_model(name)
    preset = preset_of(model.artifact.detector.configuration)
    wanted = _document(name, model.digest, pages, settings)
    if begun is not None:
        _check_same(store, begun, wanted)
    if collection is not None:
        check_comparable(model.digest, collection, f"{output}/{EXAMINATIONS}")
    if begun is None:
        text = json.dumps(wanted, ensure_ascii=False, indent=1)
        store.put(CONFIGURATION, text.encode())
    rate = settings.learning_rate or PRESETS[preset]().training.learning_rate / 2
    return AdaptationStart(name, preset, rate)


def _read(store: ObjectStore) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads(store.get(CONFIGURATION))
    except ObjectNotFoundError:
        return None
    return document


def _document(
    name: str, digest: str, pages: AdaptationPages, settings: AdaptationSettings
) -> dict[str, Any]:
    texts = settings.transcriptions
    training = {
        key: value
        for key, value in settings.training.items()
        if value is not None and key not in ELSEWHERE
    }
    return {
        "named": settings.model,
        "start": name,
        "model": digest,
        "pages": pages.training.store.location,
        "transcriptions": open_store(texts).location if texts else None,
        "untranscribed": settings.untranscribed,
        "held-out pages": [scan.key for scan, _ in pages.held_out.pages],
        "labelled pages": {
            source.store.location: [scan.key for scan, _ in source.pages]
            for source in pages.labelled
        },
        "steps": settings.steps,
        "learning rate": settings.learning_rate,
        "synthetic share": settings.synthetic_share,
        "training": json.loads(json.dumps(training)),
    }


def _check_same(store: ObjectStore, begun: dict[str, Any], wanted: dict[str, Any]) -> None:
    changed = [key for key in wanted.keys() - NAMES if begun.get(key) != wanted[key]]
    if changed:
        raise OtherAdaptationError(
            f"{store.location} holds an adaptation of model {begun['model'][:12]} with other "
            f"values of {', '.join(sorted(changed))}; go on with the same values or adapt into "
            "another --output"
        )
