"""Saved corrections: ``corrections.jsonl`` beside the readings; several people may save at once."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from tasks.corrections import CorrectedPage, corrections_to_bytes, read_corrections
from tasks.object_store import ObjectNotFoundError, ObjectStore, StoreUnavailableError

CORRECTIONS_KEY = "corrections.jsonl"
_LOCK_KEY = "corrections.jsonl.lock"
_LOCK_SECONDS = 60  # a save takes one read and one write; an older lock is of a killed process
_WAIT_SECONDS = 5.0


class CorrectionConflictError(ValueError):
    """Somebody else has corrected the page since this correction was begun."""


def load_corrections(store: ObjectStore) -> dict[str, CorrectedPage]:
    """Every corrected page by its key; none where nothing was saved.

    Raises:
        CorrectionFormatError: naming the line that cannot be read.
    """
    try:
        return read_corrections(store.get(CORRECTIONS_KEY))
    except ObjectNotFoundError:
        return {}


class CorrectionsFile:
    """The corrections of an output location, read again only when the file has changed.

    Args:
        store: where the readings lie.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._held: tuple[str, dict[str, CorrectedPage]] = ("", {})

    def load(self) -> dict[str, CorrectedPage]:
        """As `load_corrections`."""
        try:
            etag = self._store.head(CORRECTIONS_KEY).etag
        except ObjectNotFoundError:
            return {}
        held, corrections = self._held
        if held != etag:
            corrections = load_corrections(self._store)
            self._held = (etag, corrections)
        return corrections


def save_correction(store: ObjectStore, correction: CorrectedPage, base: str | None) -> None:
    """Put one page's correction among the others; everything else in the file stays.

    Args:
        store: where the readings lie.
        correction: the page, complete.
        base: version of the correction that this one continues, None if it is the page's first.

    Raises:
        CorrectionConflictError: if the page's correction is another than ``base`` by now.
        StoreUnavailableError: if somebody else is saving all the time.
    """
    with _locked(store):
        corrections = load_corrections(store)
        current = corrections.get(correction.page)
        if (current and current.version) != base:
            raise CorrectionConflictError(
                f"{correction.page!r} was corrected by somebody else; load that and save again"
            )
        corrections[correction.page] = correction
        store.put(CORRECTIONS_KEY, corrections_to_bytes(corrections))


@contextmanager
def _locked(store: ObjectStore) -> Iterator[None]:
    """Hold a lock object while the file is rewritten: two viewers may save at once."""
    deadline = time.monotonic() + _WAIT_SECONDS
    token = secrets.token_bytes(16)  # tells our lock from others', whatever a retry meets
    while not store.put_if_absent(_LOCK_KEY, token):
        if time.monotonic() > deadline:
            raise StoreUnavailableError("somebody else is saving corrections; save again")
        _remove_stale_lock(store)
        time.sleep(0.05)
    try:
        yield
    finally:
        with suppress(ObjectNotFoundError):
            if store.get(_LOCK_KEY) == token:
                store.delete(_LOCK_KEY)


def _remove_stale_lock(store: ObjectStore) -> None:
    try:
        age = datetime.now(UTC) - store.head(_LOCK_KEY).modified
    except ObjectNotFoundError:
        return
    if age > timedelta(seconds=_LOCK_SECONDS):
        store.delete(_LOCK_KEY)
