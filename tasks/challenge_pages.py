"""Rendered pages in the challenge's exact files: a challenge of any size, whose truth is ours."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import product
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from model.characters import LabelledImage, Labels, codepoint_to_label
from model.synthesis.paper import paint, scan
from tasks.challenge import COLUMNS, write_labels
from tasks.label_sources.book_split import is_volume
from tasks.label_sources.kaggle import TRANSLATION
from tasks.synthetic_pages import PAGE_HEIGHT, Writers, encode_page, open_writers, page_shape

# The last book is the test. mini001 and mini002 are volumes of one work, as umgy001 to 012 are.
BOOKS = ("200000101", "200000102", "mini001", "mini002", "200000103", "200000104")
_PLACEHOLDER = "U+003F 1 1 U+FF2F 2 2"  # what the challenge's own sample predicts for each page
_SIDES = 2


def render_challenge(
    output: Path,
    pages: int,
    *,
    fonts: Sequence[Path] = (),
    only: Sequence[str] = (),
    text: Path | None = None,
    books: Sequence[str] = BOOKS,
    seed: int = 0,
    height: int = PAGE_HEIGHT,
) -> int:
    """Render a challenge: two zips of images, ``train.csv`` and the other two tables.

    The last book is the test, under names that tell nothing; the last page of the first book is
    blank.

    Args:
        output: folder, created if missing; files of the same name are replaced.
        pages: how many in each book.
        fonts: folders to search for fonts; none searches the system's.
        only: names of fonts to use; none uses all.
        text: column texts, one a line; none uses the classical texts of the package.
        books: names of at least two books, without ``_`` and ``/``.
        seed: equal seeds give equal files.
        height: of a page in pixels.

    Returns:
        The number of labelled characters.

    Raises:
        ValueError: if there are fewer than two books.
    """
    if len(books) <= 1:
        raise ValueError(f"a challenge needs two books or more, one for the test, got {len(books)}")
    writers = open_writers(fonts, only, text)
    output.mkdir(parents=True, exist_ok=True)
    training = _render(writers, books[:-1], pages, [seed, 0], height)
    blanked = _with_blank(training, pages, seed, height)
    test = _hidden(_render(writers, books[-1:], pages, [seed, 1], height))
    labels = _write_zip(output / "train_images.zip", blanked)
    names = sorted(_write_zip(output / "test_images.zip", test))
    characters = sorted(set(writers.corpus.codepoints_C.tolist()))
    known = [(codepoint_to_label(codepoint), chr(codepoint)) for codepoint in characters]
    sample = [(name, _PLACEHOLDER) for name in names]
    (output / "train.csv").write_bytes(write_labels(labels))
    (output / TRANSLATION).write_bytes(_table([("Unicode", "char"), *known]))
    (output / "sample_submission.csv").write_bytes(_table([COLUMNS, *sample]))
    return sum(map(len, labels.values()))


def image_id(book: str, number: int) -> str:
    """Name page 1, 2, 3 ... of a book as the challenge does.

    Two sides make a leaf, ``200000101_00002_1``, but ``mini001-003`` in volumes of a work.
    """
    if is_volume(book):
        return f"{book}-{number:03d}"
    leaf, side = divmod(number - 1, _SIDES)
    return f"{book}_{leaf + 1:05d}_{side + 1}"


def _render(
    writers: Writers, books: Sequence[str], pages: int, seed: Sequence[int], height: int
) -> Iterator[tuple[str, LabelledImage]]:
    for number, (book, page) in enumerate(product(books, range(1, pages + 1))):
        rng = np.random.default_rng([*seed, number])
        yield image_id(book, page), writers.page(rng, height)


def _with_blank(
    rendered: Iterable[tuple[str, LabelledImage]], number: int, seed: int, height: int
) -> Iterator[tuple[str, LabelledImage]]:
    for count, (name, page) in enumerate(rendered, 1):
        yield name, _blank_page(seed, height) if count == number else page


def _blank_page(seed: int, height: int) -> LabelledImage:
    rng = np.random.default_rng([seed, 2])
    no_ink_HW = np.zeros(page_shape(height), np.float32)
    return LabelledImage(scan(paint(no_ink_HW, rng, None), rng), Labels.empty())


def _hidden(
    rendered: Iterable[tuple[str, LabelledImage]],
) -> Iterator[tuple[str, LabelledImage]]:
    """Give pages names that tell neither book nor order, like the challenge's test_001c37e2."""
    for name, page in rendered:
        yield f"test_{hashlib.sha256(name.encode()).hexdigest()[:8]}", page


def _write_zip(path: Path, pages: Iterable[tuple[str, LabelledImage]]) -> Mapping[str, Labels]:
    labels = {}
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, page in pages:
            archive.writestr(ZipInfo(f"{name}.jpg"), encode_page(page))  # its time is 1980
            labels[name] = page.labels
    return labels


def _table(rows: Iterable[Sequence[str]]) -> bytes:
    file = StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()
