"""Writes rendered pages with their labels: an archive whose truth is known."""

from collections.abc import Sequence
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

PAGE_SIZE = (1400, 960)  # height and width in pixels; real pages are about 3:2
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

    Returns:
        The number of labelled characters.
    """
    columns = text.read_text("utf-8").split() if text else DEFAULT_TEXT
    corpus = Corpus(columns)
    atlas = build_atlas(chosen_fonts(fonts, only=only), [int(c) for c in corpus.codepoints_C])
    labels: dict[str, Labels] = {}
    for number, (book, leaf) in enumerate(product(books, range(1, pages + 1))):
        page = synthetic_page(atlas, corpus, np.random.default_rng([seed, number]))
        image_id = f"{book}_{leaf:05d}"
        path = output / "archive" / book / f"{image_id}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_page(page))
        labels[image_id] = page.labels
    (output / "labels.csv").write_bytes(write_labels(labels))
    return sum(map(len, labels.values()))


def synthetic_page(atlas: GlyphAtlas, corpus: Corpus, rng: np.random.Generator) -> LabelledImage:
    """Render one page of `PAGE_SIZE` with characters of some size within `CHARACTER_SIZES`."""
    size = float(rng.uniform(*CHARACTER_SIZES))
    return render_page(atlas, corpus, rng, *PAGE_SIZE, size)


def encode_page(page: LabelledImage) -> bytes:
    """Encode a page's image as JPEG."""
    image = cv2.cvtColor(page.image_HW3, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data)
