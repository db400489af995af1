"""What a run logs about a batch: one line for it and one for each page that could not be read.

The same facts are fields of the log records, for whoever collects logs as JSON. Names of files are
strangers' text: lines quote them, so that none can pass for a line of its own.
"""

from collections.abc import Sequence
from dataclasses import asdict

from prefect import get_run_logger

from tasks.page_row import PageRow


def log_batch(rows: Sequence[PageRow], write_seconds: float) -> None:
    """Log what became of a batch, in the Prefect run that handled it.

    Args:
        rows: of one model, at least one.
        write_seconds: time until they were on the store.
    """
    logger = get_run_logger()
    failed = [row for row in rows if row.status == "failed"]
    for row in failed:
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
        len(rows),
        len(failed),
        write_seconds,
        rows[0].model_digest[:12],
        extra=_batch_fields(rows, len(failed), write_seconds),
    )


def _page_fields(row: PageRow) -> dict[str, object]:
    return {
        "page_key": row.scan.key,
        "page_etag": row.scan.etag,
        "model_digest": row.model_digest,
        "error_kind": row.error_kind,
        "error_message": row.error_message,
    }


def _batch_fields(rows: Sequence[PageRow], failed: int, write_seconds: float) -> dict[str, object]:
    timings = [asdict(row.timings) for row in rows]
    seconds = {name: sum(timing[name] for timing in timings) for name in timings[0]}
    return {
        "model_digest": rows[0].model_digest,
        "pages": len(rows),
        "pages_failed": failed,
        "characters": sum(len(row.reading) for row in rows if row.reading is not None),
        "seconds": {**seconds, "write": write_seconds},
    }
