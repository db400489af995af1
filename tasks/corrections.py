"""Corrections made by readers: ``corrections.jsonl`` beside the readings, one page a line.

A line holds all characters of a page after correction, in reading order, so that it serves as
labels. Boxes are pixels of the upright page, origin top left::

    {"page": key, "characters": [{"codepoint": "U+3042", "box": [x, y, width, height]}, ...]}
"""

import hashlib
import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from model.characters import codepoint_to_label, label_to_codepoint
from tasks.object_store import ObjectNotFoundError, ObjectStore, StoreUnavailableError

CORRECTIONS_KEY = "corrections.jsonl"
_LOCK_KEY = "corrections.jsonl.lock"
_LOCK_SECONDS = 60  # a save takes one read and one write; an older lock is of a killed process
_WAIT_SECONDS = 5.0
_BOX_NUMBERS = 4

Box = tuple[float, float, float, float]


class CorrectionFormatError(ValueError):
    """A correction breaks a rule of the format."""


class CorrectionConflictError(ValueError):
    """Somebody else has corrected the page since this correction was begun."""


@dataclass(frozen=True, slots=True)
class CorrectedPage:
    """What a page says after a person looked at it.

    Attributes:
        page: key of the scan in its archive.
        characters: code point and box (x, y, width, height) of each, in reading order.
    """

    page: str
    characters: tuple[tuple[int, Box], ...]

    @property
    def version(self) -> str:
        """Differs whenever page or characters differ."""
        return hashlib.sha256(correction_to_line(self).encode()).hexdigest()[:16]


def line_to_correction(line: str | bytes) -> CorrectedPage:
    """Read one line.

    Raises:
        CorrectionFormatError: naming the rule that it breaks.
    """
    try:
        match json.loads(line):
            case {"page": str(page), "characters": list(characters)}:
                return CorrectedPage(page, tuple(map(_read_character, characters)))
    except (ValueError, RecursionError) as error:
        raise CorrectionFormatError(f"a correction must be JSON of its format: {error}") from error
    raise CorrectionFormatError('a correction must be an object with "page" and "characters"')


def correction_to_line(correction: CorrectedPage) -> str:
    """Write one line, without its end, so that `line_to_correction` returns the same."""
    characters = [
        {"codepoint": codepoint_to_label(codepoint), "box": list(box)}
        for codepoint, box in correction.characters
    ]
    return json.dumps({"page": correction.page, "characters": characters}, ensure_ascii=False)


def load_corrections(store: ObjectStore) -> dict[str, CorrectedPage]:
    """Every corrected page by its key; of two lines about a page the later counts.

    Raises:
        CorrectionFormatError: naming the line that cannot be read.
    """
    try:
        content = store.get(CORRECTIONS_KEY)
    except ObjectNotFoundError:
        return {}
    corrections = {}
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            try:
                correction = line_to_correction(line)
            except CorrectionFormatError as error:
                raise CorrectionFormatError(f"{CORRECTIONS_KEY}, line {number}: {error}") from error
            corrections[correction.page] = correction
    return corrections


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


def corrections_to_bytes(corrections: Mapping[str, CorrectedPage]) -> bytes:
    """Write a file that `load_corrections` reads."""
    return "".join(f"{correction_to_line(page)}\n" for page in corrections.values()).encode()


def _read_character(value: Any) -> tuple[int, Box]:  # noqa: ANN401 - JSON of a stranger
    match value:
        case {"codepoint": str(label), "box": list(box)}:
            return label_to_codepoint(label), _read_box(box)
    raise CorrectionFormatError('a character must have "codepoint" and "box"')


def _read_box(box: list[Any]) -> Box:
    numbers = [value for value in box if type(value) in (int, float) and math.isfinite(value)]
    if len(box) != _BOX_NUMBERS or len(numbers) != _BOX_NUMBERS or min(numbers[2:]) < 0:
        raise CorrectionFormatError(
            f"a box must be x, y, width and height, the latter not negative, got {box}"
        )
    x, y, width, height = numbers
    return x, y, width, height


@contextmanager
def _locked(store: ObjectStore) -> Iterator[None]:
    """Hold a lock object while the file is rewritten: two viewers may save at once."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not store.put_if_absent(_LOCK_KEY, b""):
        if time.monotonic() > deadline:
            raise StoreUnavailableError("somebody else is saving corrections; save again")
        _remove_stale_lock(store)
        time.sleep(0.05)
    try:
        yield
    finally:
        store.delete(_LOCK_KEY)


def _remove_stale_lock(store: ObjectStore) -> None:
    try:
        age = datetime.now(UTC) - store.head(_LOCK_KEY).modified
    except ObjectNotFoundError:
        return
    if age > timedelta(seconds=_LOCK_SECONDS):
        store.delete(_LOCK_KEY)
