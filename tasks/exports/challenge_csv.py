"""The submission of the Kuzushiji Recognition challenge: one CSV of points for all pages."""

from collections.abc import Iterator

from model.characters import PageReading
from tasks.challenge import write_submission
from tasks.exports.page import ExportPage


class ChallengeCsv:
    """Collects pages for ``submission.csv``."""

    def __init__(self) -> None:
        self._readings: list[tuple[str, PageReading]] = []

    def add(self, page: ExportPage) -> None:
        """Take in a page."""
        self._readings.append((page.key, page.reading))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """``submission.csv``, as `tasks.challenge` writes it."""
        yield "submission.csv", write_submission(self._readings)
