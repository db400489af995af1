"""Writes rendered pages with their labels: an archive whose truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from model.characters import LabelledImage, Labels
from model.synthesis.atlas import GlyphAtlas, build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.render import render_page
from tasks.challenge import write_labels
from tasks.training_sources import chosen_fonts

PAGE_HEIGHT = 1400  # pixels
ASPECT = 960 / 1400  # width by height; real pages are about 2:3
CHARACTER_SIZES = (34.0, 52.0)
JPEG_QUALITY = 85


def render_pages(
    output: Path,
    pages: int,
    *,
    fonts: Sequence[Path] = (),
    only: Sequence[str] = (),
    text: Path | None = None,
    books: Sequence[str] = ("synthetic",),
    seed: int = 0,
    height: int = PAGE_HEIGHT,
) -> int:
    """Render pages into ``output/archive/BOOK/BOOK_NNNNN.jpg`` and ``output/labels.csv``.

    Args:
        output: folder, created if missing; files of the same name are replaced.
        pages: how many in each book.
        fonts: folders to search for fonts; none searches the system's.
        only: names of fonts to use; none uses all.
        text: column texts, one a line; none uses the classical texts of the package.
        books: names of books, without ``_`` and ``/``.
        seed: equal seeds give equal pages.
        height: of a page in pixels.

    Returns:
        The number of labelled characters.
    """
    writers = open_writers(fonts, only, text)
    labels: dict[str, Labels] = {}
    for number, (book, leaf) in enumerate(product(books, range(1, pages + 1))):
        page = writers.page(np.random.default_rng([seed, number]), height)
        image_id = f"{book}_{leaf:05d}"
        path = output / "archive" / book / f"{image_id}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_page(page))
        labels[image_id] = page.labels
    (output / "labels.csv").write_bytes(write_labels(labels))
    return sum(map(len, labels.values()))


@dataclass(frozen=True, slots=True, eq=False)
class Writers:
    """The hands that write pages, and what they write."""

    atlas: GlyphAtlas
    corpus: Corpus

    def page(self, rng: np.random.Generator, height: int = PAGE_HEIGHT) -> LabelledImage:
        """Render one page, as `synthetic_page`."""
        return synthetic_page(self.atlas, self.corpus, rng, height)


def open_writers(fonts: Sequence[Path], only: Sequence[str], text: Path | None) -> Writers:
    """Open fonts and texts; see `render_pages` for the parameters."""
    columns = text.read_text("utf-8").split() if text else DEFAULT_TEXT
    corpus = Corpus(columns)
    codepoints = [int(c) for c in corpus.codepoints_C]
    return Writers(build_atlas(chosen_fonts(fonts, only=only), codepoints), corpus)


def synthetic_page(
    atlas: GlyphAtlas, corpus: Corpus, rng: np.random.Generator, height: int = PAGE_HEIGHT
) -> LabelledImage:
    """Render one page with characters of some size within `CHARACTER_SIZES`."""
    size = float(rng.uniform(*CHARACTER_SIZES))
    return render_page(atlas, corpus, rng, *page_shape(height), size)


def page_shape(height: int) -> tuple[int, int]:
    """Height and width of a page in pixels."""
    return height, round(height * ASPECT)


def encode_page(page: LabelledImage) -> bytes:
    """Encode a page's image as JPEG."""
    image = cv2.cvtColor(page.image_HW3, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data)
