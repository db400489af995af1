"""Reads fetched pages into rows."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from model.characters import PageReading
from model.reader import PageReader
from tasks.engines import open_engine
from tasks.fetch import FailedPage, FetchedPage
from tasks.models import LoadedModel
from tasks.page_row import PageRow, PageTimings


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """What it takes to open a reader, in whatever process.

    Attributes:
        digest: of the model, written on every row.
        engine: see `open_engine`, as ``device`` and ``pages``.
        device: where to compute.
        pages: how many are to be read.
        model: the model itself.
    """

    digest: str
    engine: str
    device: str
    pages: int
    model: LoadedModel = field(compare=False)


class RowReader:
    """Turns fetched pages into rows, one group at a time.

    Args:
        recipe: of the reader.

    Raises:
        As `open_engine`.
    """

    def __init__(self, recipe: ReaderRecipe) -> None:
        model = recipe.model
        engine = open_engine(recipe.engine, model, recipe.device, recipe.pages)
        self._reader = PageReader(model.artifact, engine, model.context)
        self._digest = recipe.digest
        self._one_at_a_time = threading.Lock()

    def rows(self, pages: Sequence[FetchedPage | FailedPage], asked: float) -> list[PageRow]:
        """Read what was fetched, and describe what was not.

        Args:
            pages: a group of pages.
            asked: when they were ready to be read, by the clock of `time.time`.
        """
        fetched = [page for page in pages if isinstance(page, FetchedPage)]
        with self._one_at_a_time:
            wait = max(0.0, time.time() - asked)  # clocks of two computers may differ
            started = time.perf_counter()
            readings = iter(
                self._reader.read([it.page.to_page() for it in fetched]) if fetched else ()
            )
            forward = (time.perf_counter() - started) / max(1, len(fetched))
        return [
            failed_row(page, self._digest, self._reader.engine.name)
            if isinstance(page, FailedPage)
            else self._read_row(page, next(readings), wait, forward)
            for page in pages
        ]

    def _read_row(
        self, page: FetchedPage, reading: PageReading, wait: float, forward: float
    ) -> PageRow:
        return PageRow(
            scan=page.scan,
            model_digest=self._digest,
            read_at=datetime.now(UTC),
            width=page.page.page_width,
            height=page.page.page_height,
            reading=reading,
            error_kind=None,
            error_message=None,
            timings=PageTimings(page.fetch_seconds, page.decode_seconds, wait, forward),
            engine=self._reader.engine.name,
        )


def failed_row(page: FailedPage, model_digest: str, engine: str = "") -> PageRow:
    """Describe a page that could not be read."""
    return PageRow(
        scan=page.scan,
        model_digest=model_digest,
        read_at=datetime.now(UTC),
        width=None,
        height=None,
        reading=None,
        error_kind=page.kind,
        error_message=page.message,
        timings=PageTimings(page.fetch_seconds, page.decode_seconds),
        engine=engine,
    )
