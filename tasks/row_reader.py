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
    """Turns fetched pages into rows, group by group; several threads may bring groups.

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
        self._ended = 0.0  # when the last group had been read, by the clock of `perf_counter`
        self._timing = threading.Lock()

    def rows(self, pages: Sequence[FetchedPage | FailedPage], asked: float) -> list[PageRow]:
        """Read what was fetched, and describe what was not.

        Args:
            pages: a group of pages.
            asked: when they were ready to be read, by the clock of `time.time`.
        """
        fetched = [page for page in pages if isinstance(page, FetchedPage)]
        travelled = max(0.0, time.time() - asked)  # clocks of two computers may differ
        came = time.perf_counter()
        readings = iter(self._reader.read([it.page.to_page() for it in fetched]) if fetched else ())
        queued, taken = self._times(came) if fetched else (0.0, 0.0)
        wait, forward = travelled + queued, taken / max(1, len(fetched))
        return [
            failed_row(page, self._digest, self._reader.engine.name)
            if isinstance(page, FailedPage)
            else self._read_row(page, next(readings), wait, forward)
            for page in pages
        ]

    def _times(self, came: float) -> tuple[float, float]:
        """How long a group that has been read now waited for others, and how long it took then.

        Groups are read in the order in which they come, the first pages of one beside the last of
        another: over all groups the second figures add up to the time in which there was reading.
        """
        with self._timing:
            now = time.perf_counter()
            begun = max(came, self._ended)
            self._ended = now
        return begun - came, now - begun

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
