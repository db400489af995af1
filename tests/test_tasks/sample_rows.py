"""Rows of readings for the tests of what counts them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from model.characters import PageReading
from tasks.page_row import PageRow, PageTimings
from tasks.scans import Scan

START = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = "0123456789ab" + "0" * 52
OTHER_MODEL = "fedcba987654" + "0" * 52


def reading_of(scores: Sequence[float]) -> PageReading:
    count = len(scores)
    return PageReading(
        boxes_N4=np.ones((count, 4), np.float32),
        scores_N=np.array(scores, np.float32),
        codepoints_NK=np.full((count, 1), 0x306E, np.int32),
        probabilities_NK=np.ones((count, 1), np.float32),
    )


def page_row(
    key: str,
    scores: Sequence[float] | None = (),
    *,
    etag: str = "v1",
    model: str = MODEL,
    minutes: int = 0,
    timings: PageTimings | None = None,
) -> PageRow:
    """A page with these confidences; one that could not be read without."""
    return PageRow(
        scan=Scan(key, 1, etag),
        width=10,
        height=10,
        model_digest=model,
        reading=None if scores is None else reading_of(scores),
        error_kind="empty" if scores is None else None,
        error_message=None,
        timings=timings or PageTimings(),
        read_at=START + timedelta(minutes=minutes),
    )
