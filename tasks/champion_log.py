"""Who is champion of a collection: a log to which entries are only added, one object each.

The last entry is the state: an entry is there whole or not at all, and of two writers of the same
number one fails. So promotion is atomic on every store, and nothing can disagree with its log.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote, unquote

from tasks.object_store import ObjectStore

Action = Literal["promote", "rollback"]
DEFAULT = "default"  # the collection of everybody who has no champion of their own
ROOT = "champions/"
DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(re.escape(ROOT) + r"([^/]+)/(\d{8})\.json")


class DamagedLogError(ValueError):
    """An entry of a champion's log is not what was written."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change of champion.

    Attributes:
        collection: whose champion.
        number: from 1, in the order of the changes.
        action: promoted, or gone back to an earlier champion.
        digest: of the champion from then on.
        replaces: digest of the champion before; None for the first.
        returns_to: number of the entry whose champion a rollback restores; None if there is none.
        who: who did it.
        why: their reason.
        when: with time zone.
        metrics: figures that spoke for it, plain JSON values.
    """

    collection: str
    number: int
    action: Action
    digest: str
    replaces: str | None
    returns_to: int | None
    who: str
    why: str
    when: datetime
    metrics: dict[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write the entry as JSON."""
        values = {**asdict(self), "when": self.when.isoformat()}
        return json.dumps(values, ensure_ascii=False, indent=1).encode()


@dataclass(frozen=True, slots=True)
class ChampionLog:
    """The log of one collection.

    Attributes:
        store: of the registry.
        collection: any name.
    """

    store: ObjectStore
    collection: str

    def last(self) -> LogEntry | None:
        """The entry that counts; None if nobody was ever promoted."""
        number = max(self._numbers(), default=0)
        return self.entry(number) if number else None

    def entries(self) -> list[LogEntry]:
        """All entries, the oldest first."""
        return [self.entry(number) for number in self._numbers()]

    def entry(self, number: int) -> LogEntry:
        """Read one entry.

        Raises:
            ObjectNotFoundError: if there is none of that number.
            DamagedLogError: if it is not what was written.
        """
        key = self._key(number)
        try:
            entry = _parse(self.store.get(key))
        except (ValueError, TypeError, KeyError) as error:
            raise DamagedLogError(_damaged(key)) from error
        if (entry.collection, entry.number) != (self.collection, number):
            raise DamagedLogError(_damaged(key))
        return entry

    def append(self, entry: LogEntry) -> bool:
        """Write the next entry; false if somebody else has written one of that number."""
        return self.store.put_if_absent(self._key(entry.number), entry.to_bytes())

    def _numbers(self) -> Iterator[int]:
        folder = self._key(0).rpartition("/")[0]
        for info in self.store.list(f"{folder}/"):
            if match := _KEY.fullmatch(info.key):
                yield int(match[2])

    def _key(self, number: int) -> str:
        return f"{ROOT}{quote(self.collection, safe='')}/{number:08d}.json"


def collections_of(store: ObjectStore) -> list[str]:
    """Name the collections that have a log."""
    matches = (_KEY.fullmatch(info.key) for info in store.list(ROOT))
    return sorted({unquote(match[1]) for match in matches if match})


def _parse(data: bytes) -> LogEntry:
    values = json.loads(data)
    entry = LogEntry(**{**values, "when": datetime.fromisoformat(values["when"])})
    if DIGEST.fullmatch(entry.digest) is None:
        raise ValueError(f"digest must be 64 hexadecimal digits, got {entry.digest!r}")
    return entry


def _damaged(key: str) -> str:
    return (
        f"the registry's {key!r} is damaged: not the entry that was written; restore it from a "
        "backup, or delete it to return to the entry before"
    )
