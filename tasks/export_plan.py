"""What an export is to write, checked before the first file is written."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tasks.challenge import by_image_id
from tasks.exports.file_names import distinct_names, file_name_of, safe_path
from tasks.exports.formats import Format, FormatName, format_named
from tasks.exports.iiif import WebAddresses
from tasks.exports.page import SOFTWARE_VERSION
from tasks.label_sources.scan_place import EXPORT
from tasks.object_store import ObjectStore, open_store
from tasks.plan import ExistingPolicy
from tasks.readings import list_parts, pages_of
from tasks.scans import book_of
from tasks.scoring import choose_model


class ExportExistsError(FileExistsError):
    """The destination holds exports that the caller did not want to replace."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """The resolved parameters of an export; see the flow ``export-readings``."""

    output: str
    destination: str
    formats: tuple[FormatName, ...]
    model: str | None = None
    existing: ExistingPolicy = "skip"
    base_url: str | None = None
    images_url: str | None = None


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export has to do.

    Attributes:
        readings: where the readings are.
        destination: where the files go.
        model: digest of the model whose readings count.
        formats: the formats wanted; each has a folder of its name.
        pages: how many pages have rows, failed ones too.
        names: relative path of the files of each page that was read, by page key.
        present: files that may stay if they are newer than their readings, and since when they are.
    """

    readings: ObjectStore
    destination: ObjectStore
    model: str
    formats: dict[FormatName, Format]
    pages: int
    names: dict[str, str]
    present: dict[str, datetime]


def plan_export(settings: ExportSettings) -> ExportPlan:
    """Open the stores and find what would stop the export.

    Raises:
        NoReadingsError, SeveralModelsError: if it is not clear whose readings are meant.
        MissingAddressError: if IIIF lacks its addresses.
        NameCollisionError, AmbiguousImageError: if files of two pages would have the same name.
        ExportExistsError: if the destination holds exports that are in the way.
        StoreError: if a store refuses.
    """
    readings = open_store(settings.output)
    model = choose_model(readings, settings.model)
    formats = {name: format_named(name, _addresses(settings)) for name in settings.formats}
    held, read = pages_of(readings, list_parts(readings, model))
    keys = sorted(read)
    names = distinct_names(keys, file_name_of)
    if "iiif" in formats:
        distinct_names(dict.fromkeys(map(book_of, keys)), safe_path)
    if "csv" in formats:
        by_image_id(keys)
    destination = open_store(settings.destination, create=True)
    return ExportPlan(
        readings=readings,
        destination=destination,
        model=model,
        formats=formats,
        pages=len(held),
        names=names,
        present=_present(destination, settings, model),
    )


def save_configuration(plan: ExportPlan, settings: ExportSettings) -> None:
    """Write beside the exports how they are made, and of which model."""
    document = {
        "model": plan.model,
        "software_version": SOFTWARE_VERSION,
        "settings": {**asdict(settings), "output": plan.readings.location},
    }
    data = json.dumps(document, ensure_ascii=False, indent=2).encode()
    plan.destination.put(EXPORT, data)


def _addresses(settings: ExportSettings) -> WebAddresses | None:
    if settings.base_url is None:
        return None
    exports = settings.base_url.rstrip("/")
    return WebAddresses(exports, (settings.images_url or exports).rstrip("/"))


def _present(store: ObjectStore, settings: ExportSettings, model: str) -> dict[str, datetime]:
    found = {
        info.key: info.modified for name in settings.formats for info in store.list(f"{name}/")
    }
    if settings.existing == "overwrite" or not found:
        return {}
    if settings.existing == "abort":
        raise ExportExistsError(
            f"{store.location} already holds {min(found)!r}; choose --existing skip or overwrite, "
            "or another destination"
        )
    before = _model_before(store)
    if before not in (None, model):
        raise ExportExistsError(
            f"{store.location} holds exports of model {before[:12]}; choose --existing overwrite "
            f"to replace them by those of model {model[:12]}, or another destination"
        )
    return found


def _model_before(store: ObjectStore) -> Any:  # noqa: ANN401 - a value of JSON
    if not any(info.key == EXPORT for info in store.list(EXPORT)):
        return None
    try:
        return json.loads(store.get(EXPORT))["model"]
    except (ValueError, KeyError, TypeError) as error:
        raise ExportExistsError(
            f"{EXPORT} in {store.location} is not one of an export; move it away"
        ) from error
