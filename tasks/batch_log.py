"""What a run logs about a batch: one line for it and one for each page that could not be read.

The same facts are fields of the log records, for whoever collects logs as JSON. Names of files are
strangers' text: lines quote them, so that none can pass for a line of its own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Self

from prefect import get_run_logger

from tasks.page_row import PageRow, PageTimings

_DECIMALS = 4  # of seconds


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a batch.

    Attributes:
        pages: pages handled.
        failed: pages that could not be read, by kind of error.
        characters: characters found.
        seconds: sums over the pages of what each of `PageTimings` took, and ``write``, until the
            rows were on the store.
    """

    pages: int
    failed: dict[str, int]
    characters: int
    seconds: dict[str, float]

    @classmethod
    def of(cls, rows: Sequence[PageRow], write_seconds: float) -> Self:
        """Sum up a batch's rows."""
        seconds = {
            field.name: sum(getattr(row.timings, field.name) for row in rows)
            for field in fields(PageTimings)
        }
        return cls(
            len(rows),
            dict(Counter(row.error_kind for row in rows if row.error_kind is not None)),
            sum(len(row.reading) for row in rows if row.reading is not None),
            {name: round(value, _DECIMALS) for name, value in seconds.items()}
            | {"write": round(write_seconds, _DECIMALS)},
        )


def log_batch(rows: Sequence[PageRow], report: BatchReport) -> None:
    """Log what became of a batch, in the Prefect run that handled it.

    Args:
        rows: of one model, at least one.
        report: of them.
    """
    logger = get_run_logger()
    for row in rows:
        if row.status != "failed":
            continue
        logger.warning(
            "page %r not read (%s): %s; model %s",
            row.scan.key,
            row.error_kind,
            row.error_message,
            row.model_digest[:12],
            extra=_page_fields(row),
        )
    logger.info(
        "%d pages, %d of them not read; written in %.2f s; model %s",
        report.pages,
        sum(report.failed.values()),
        report.seconds["write"],
        rows[0].model_digest[:12],
        extra={"model_digest": rows[0].model_digest, **asdict(report)},
    )


def _page_fields(row: PageRow) -> dict[str, object]:
    return {
        "page_key": row.scan.key,
        "page_etag": row.scan.etag,
        "model_digest": row.model_digest,
        "error_kind": row.error_kind,
        "error_message": row.error_message,
    }
