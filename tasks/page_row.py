"""What is known about one page after it was read, or failed to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from model.characters import PageReading
from tasks.scans import Scan

Status = Literal["read", "failed"]
# What the store did, not what the page's bytes are: the next run may well read the page.
_PASSING = frozenset({"missing", "changed", "denied", "unavailable", "worker-lost"})


@dataclass(frozen=True, slots=True)
class PageTimings:
    """Where a page's time went, in seconds; a batch's shared work is divided by its pages.

    Attributes:
        fetch: until its bytes were here.
        decode: from bytes to pixels.
        wait: for its turn at the reader.
        forward: in the reader, from pixels to characters in reading order.
    """

    fetch: float = 0.0
    decode: float = 0.0
    wait: float = 0.0
    forward: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PageRow:
    """What is known about one version of one page under one model.

    Attributes:
        scan: the page.
        width: of the upright, full-size page in pixels; None if it could not be decoded.
        height: likewise.
        model_digest: hexadecimal digest of the model's artifact.
        reading: its characters in reading order, or None if the page failed.
        error_kind: what went wrong, for counting, if the page failed.
        error_message: one sentence about it.
        timings: where the time went.
        read_at: when, with time zone.
        engine: what computed the network, such as ``openvino bfloat16``; of a row from a part, all
            that computed the part's rows; empty if nothing did.
    """

    scan: Scan
    width: int | None
    height: int | None
    model_digest: str
    reading: PageReading | None
    error_kind: str | None
    error_message: str | None
    timings: PageTimings
    read_at: datetime
    engine: str = "torch"

    def __post_init__(self) -> None:
        if (self.reading is None) == (self.error_kind is None):
            raise ValueError(
                f"a row must have either a reading or an error_kind, {self.scan.key!r} has"
                f" {'neither' if self.reading is None else 'both'}"
            )
        if self.read_at.tzinfo is None:
            raise ValueError(f"read_at must have a time zone, got {self.read_at!r}")

    @property
    def status(self) -> Status:
        """``read`` or ``failed``."""
        return "failed" if self.reading is None else "read"

    @property
    def is_passing_failure(self) -> bool:
        """True if the page failed for a reason that lies outside of its bytes."""
        return self.error_kind in _PASSING
