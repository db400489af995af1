"""Pages for the measurements of context: read once, without it, and scored again and again."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from measuring import page_of

from model.characters import IntArray, Labels, PageReading
from model.metric import score_page
from model.reader import PageReader
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import Corpus
from model.text_metric import count_edits
from tasks.challenge import reading_to_points
from tasks.examination import read_text
from tasks.page_alignment import open_transcribed
from tasks.scans import book_of_name
from tasks.synthetic_pages import Writers, encode_page
from tasks.training_sources import chosen_fonts

RENDERED_PAGES = 16
HELD_OUT_FONT = "Aoyagi Kouzan T"


@dataclass(frozen=True, slots=True)
class Share:
    """A ratio of sums over pages: edits of characters, or 2 tp of 2 tp + fp + fn."""

    part: int = 0
    whole: int = 0

    @property
    def rate(self) -> float:
        """The ratio."""
        return self.part / self.whole

    def __add__(self, other: Self) -> "Share":
        return Share(self.part + other.part, self.whole + other.whole)


@dataclass(frozen=True, slots=True, eq=False)
class ReadPage:
    """A page as it was read without context, and its truth."""

    book: str
    reading: PageReading
    text: str = ""
    labels: Labels | None = None

    def score(self, reading: PageReading) -> Share:
        """Edits where there is text, matches where there are boxes."""
        if self.labels is None:
            counts = count_edits(self.text, read_text(reading))
            return Share(counts.edits, counts.length)
        points = reading_to_points(reading)
        matches = score_page(self.labels, points.codepoints_N, points.points_N2)
        return Share(2 * matches.tp, 2 * matches.tp + matches.fp + matches.fn)


def read_texts(reader: PageReader, name: str) -> Iterator[ReadPage]:
    """Read scans whose text is known."""
    place = f"{os.environ['KUZUSHIJI_DATA']}/{name}"
    transcribed = open_transcribed(place, place)
    for scan, text in transcribed.pages:
        [reading] = reader.read([page_of(transcribed.store.get(scan.key))])
        book = book_of_name(scan.key.rpartition("/")[2])
        yield ReadPage(book, reading, text.text if text else "")


class RunningText(Corpus):
    """Writes nothing but running text."""

    def sample(self, rng: np.random.Generator, length: int) -> IntArray:
        """Draw a column."""
        start = int(rng.integers(len(self._text_N)))
        return np.take(self._text_N, np.arange(start, start + length), mode="wrap")


def read_rendered(reader: PageReader, columns: Sequence[str]) -> Iterator[ReadPage]:
    """Render pages of some columns in a font that no training saw, and read them."""
    corpus = RunningText(columns)
    fonts = chosen_fonts([], only=[HELD_OUT_FONT])
    writers = Writers(build_atlas(fonts, [int(c) for c in corpus.codepoints_C]), corpus)
    for n in range(RENDERED_PAGES):
        page = writers.page(np.random.default_rng([20261125, n]))
        [reading] = reader.read([page_of(encode_page(page))])
        yield ReadPage("rendered", reading, labels=page.labels)
