"""The registry as tables: models, champions, a model's card and its time as champion."""

import json
from collections.abc import Sequence

from model.artifact import artifact_digest, read_header
from tasks.champion_log import ChampionLog, LogEntry, collections_of
from tasks.models import NoRegistryError, open_registry, read_model
from tasks.registry import Registry

Rows = list[Sequence[str]]
LOG_HEADINGS = ("collection", "no.", "when", "model", "action", "who", "why", "gate")
MOST_ITEMS = 12  # of a list in a card, such as its fonts


def model_rows(registry: Registry) -> Rows:
    """One row a model of the registry."""
    champion_of: dict[str, list[str]] = {}
    for collection in collections_of(registry.store):
        if entry := ChampionLog(registry.store, collection).last():
            champion_of.setdefault(entry.digest, []).append(collection)
    rows: Rows = [("model", "bytes", "added", "champion of")]
    rows.extend(
        (
            model.digest[:12],
            f"{model.info.size:,}",
            f"{model.info.modified:%Y-%m-%d %H:%M}",
            ", ".join(champion_of.get(model.digest, [])),
        )
        for model in registry.models()
    )
    return rows


def champion_rows(registry: Registry) -> Rows:
    """One row a collection: its last change of champion."""
    logs = [ChampionLog(registry.store, name) for name in collections_of(registry.store)]
    entries = [entry for log in logs if (entry := log.last())]
    return [LOG_HEADINGS, *map(_entry_to_row, entries)]


def card_rows(model: str) -> Rows:
    """A model's digest, threshold and card; see `tasks.models` for the name."""
    data = read_model(model)
    header = read_header(data)
    card = {"threshold on presence": header["threshold"], **header["card"]}
    rows: Rows = [("digest", artifact_digest(data)), ("classes", f"{len(header['codepoints']):,}")]
    rows.extend((name, _to_cell(value)) for name, value in card.items())
    return rows


def history_rows(digest: str) -> Rows:
    """Every change that made a model champion or took that from it; none without a registry."""
    try:
        registry = open_registry()
    except NoRegistryError:
        return [LOG_HEADINGS]
    logs = [ChampionLog(registry.store, name) for name in collections_of(registry.store)]
    entries = [
        entry for log in logs for entry in log.entries() if digest in (entry.digest, entry.replaces)
    ]
    return [LOG_HEADINGS, *map(_entry_to_row, entries)]


def _entry_to_row(entry: LogEntry) -> Sequence[str]:
    return (
        entry.collection,
        str(entry.number),
        f"{entry.when:%Y-%m-%d %H:%M}",
        entry.digest[:12],
        entry.action,
        entry.who,
        entry.why,
        str(entry.metrics.get("reason", "")),
    )


def _to_cell(value: object) -> str:
    if isinstance(value, list) and len(value) > MOST_ITEMS:
        return f"{_to_cell(value[:MOST_ITEMS])} and {len(value) - MOST_ITEMS} more"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
