"""Makes models of the registry champion of a collection, and returns to the champion before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from model.artifact import artifact_digest
from tasks.champion_log import DEFAULT, ChampionLog, LogEntry
from tasks.registry import Registry


class NoChampionError(FileNotFoundError):
    """Nobody was promoted."""


class ChampionChangedError(RuntimeError):
    """Somebody else changed the champion at the same time."""


@dataclass(frozen=True, slots=True)
class Champions:
    """The champions of a registry's collections."""

    registry: Registry

    def of(self, collection: str = DEFAULT) -> str:
        """Return the digest of a collection's champion, or of the default one if it has none.

        Raises:
            NoChampionError: if nobody was promoted.
            DamagedLogError: if the last entry of its log is damaged.
        """
        for name in dict.fromkeys((collection, DEFAULT)):
            if entry := ChampionLog(self.registry.store, name).last():
                return entry.digest
        raise NoChampionError(
            f"{self.registry.store.location} has no champion of {collection!r} and none by "
            "default; promote a model with `kuzushiji models promote`"
        )

    def promote(
        self,
        digits: str,
        collection: str = DEFAULT,
        *,
        who: str,
        why: str,
        metrics: dict[str, Any] | None = None,
        instead_of: str | None = None,
    ) -> LogEntry:
        """Make a model of the registry champion of a collection.

        Args:
            digits: its digest or the first digits of it.
            collection: whose champion.
            who: for the log.
            why: likewise.
            metrics: likewise.
            instead_of: digest of the champion that it was found better than; None if it was not
                compared.

        Raises:
            UnknownModelError, AmbiguousModelError, DamagedModelError: as `get`.
            ChampionChangedError: if another model than ``instead_of`` is champion, or somebody
                else promotes at this moment: then theirs is champion.
        """
        digest = artifact_digest(self.registry.get(digits))
        # Read before the check: whoever promotes in between takes the number of our entry.
        last = ChampionLog(self.registry.store, collection).last()
        if instead_of is not None and self.of(collection) != instead_of:
            raise ChampionChangedError(
                f"{instead_of[:12]} is no longer champion of {collection!r}; compare with "
                f"{self.of(collection)[:12]} and promote again"
            )
        return self._append(
            LogEntry(
                collection=collection,
                number=last.number + 1 if last else 1,
                action="promote",
                digest=digest,
                replaces=last.digest if last else None,
                returns_to=last.number if last else None,
                who=who,
                why=why,
                when=datetime.now(UTC),
                metrics=metrics or {},
            )
        )

    def rollback(self, collection: str = DEFAULT, *, who: str, why: str) -> LogEntry:
        """Return to the champion before; once more, to the one before that.

        Raises:
            NoChampionError: if there is no champion before.
            DamagedModelError: if its bytes are damaged.
            ChampionChangedError: if somebody else changes the champion at this moment.
        """
        log = ChampionLog(self.registry.store, collection)
        last = log.last()
        if last is None or last.returns_to is None:
            raise NoChampionError(
                f"there is no champion of {collection!r} before the present one to return to"
            )
        before = log.entry(last.returns_to)
        self.registry.get(before.digest)
        return self._append(
            LogEntry(
                collection=collection,
                number=last.number + 1,
                action="rollback",
                digest=before.digest,
                replaces=last.digest,
                returns_to=before.returns_to,
                who=who,
                why=why,
                when=datetime.now(UTC),
            )
        )

    def _append(self, entry: LogEntry) -> LogEntry:
        if not ChampionLog(self.registry.store, entry.collection).append(entry):
            raise ChampionChangedError(
                f"somebody else changed the champion of {entry.collection!r} at the same time and "
                "theirs stands; see `kuzushiji models list`, and run again if yours is still wanted"
            )
        return entry
