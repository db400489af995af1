"""Every file of the viewer's site by its path: a server answers them, an export writes them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from tasks.corrections import CorrectedPage, corrections_to_bytes
from tasks.object_store import ObjectStore
from tasks.page_row import PageRow
from tasks.readings import CurrentRows, NoReadingsError
from tasks.saved_corrections import CorrectionsFile
from tasks.viewer.catalogue import CataloguedBook, CataloguedPage, catalogue_books
from tasks.viewer.documents import (
    archive_document,
    book_document,
    page_document,
    text_document,
    to_json,
)
from tasks.viewer.images import MissingImageError, PageImages

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".txt": "text/plain; charset=utf-8",
}
_IMAGES = "images"


class UnknownPathError(LookupError):
    """The site has no file of that path."""


@dataclass(frozen=True, slots=True)
class ViewerSource:
    """Where a site's content comes from.

    Attributes:
        output: the readings and corrections.
        archive: the scans.
        name: the archive's, for people.
        can_save: whether corrections can be sent back.
    """

    output: ObjectStore
    archive: ObjectStore
    name: str
    can_save: bool


class ViewerSite:
    """The files of the site.

    Args:
        source: where the content comes from.
        rows: the current rows of ``source.output``.
        count: called with every row while the catalogue is made, for progress.

    Raises:
        NoReadingsError: if there are no rows.
    """

    def __init__(
        self, source: ViewerSource, rows: CurrentRows, count: Callable[[PageRow], None]
    ) -> None:
        if not rows:
            raise NoReadingsError(
                f"there are no readings in {source.output.location}; run kuzushiji recognize first"
            )
        self.source = source
        self.images = PageImages(source.archive)
        self._rows = rows
        self._corrections = CorrectionsFile(source.output)
        self._books = catalogue_books(rows, count)
        self._pages = {page.image: page for book in self._books for page in book.pages}
        self._files = dict(self._list_files())

    def paths(self) -> Iterator[str]:
        """Every path except those of images."""
        return iter(self._files)

    def pages(self) -> Iterator[CataloguedPage]:
        """The pages that have a picture."""
        return (page for page in self._pages.values() if page.error is None)

    def page_keys(self) -> set[str]:
        """Keys of the pages that can be corrected."""
        return {page.key for page in self.pages()}

    def read(self, path: str) -> bytes:
        """The content of one file.

        Raises:
            UnknownPathError: if there is none of that path.
        """
        folder, _, name = path.partition("/")
        try:
            if folder == _IMAGES:
                image, _, picture = name.partition("/")
                return self.images.get(self._pages[image], picture)
            return self._files[path]()
        except (KeyError, MissingImageError) as error:
            raise UnknownPathError(path) from error

    def correction_of(self, page_key: str) -> CorrectedPage | None:
        """What is saved about a page."""
        return self._corrections.load().get(page_key)

    def _list_files(self) -> Iterator[tuple[str, Callable[[], bytes]]]:
        for path, asset in _list_assets(resources.files("tasks.viewer").joinpath("assets"), ""):
            yield path, asset.read_bytes
        yield "data/archive.json", self._archive
        yield "data/corrections.jsonl", self._all_corrections
        for book in self._books:
            yield f"data/books/{book.id}.json", partial(self._book, book)
            yield f"data/text/{book.id}.json", partial(self._text, book)
            for page in book.pages:
                yield f"data/pages/{page.id}.json", partial(self._page, book, page)

    def _archive(self) -> bytes:
        can_save = self.source.can_save
        return to_json(archive_document(self.source.name, self._books, can_save=can_save))

    def _book(self, book: CataloguedBook) -> bytes:
        return to_json(book_document(book))

    def _text(self, book: CataloguedBook) -> bytes:
        return to_json(text_document(book, self._corrections.load()))

    def _page(self, book: CataloguedBook, page: CataloguedPage) -> bytes:
        corrected = self._corrections.load().get(page.key)
        return to_json(page_document(page, book, self._rows[page.key], corrected))

    def _all_corrections(self) -> bytes:
        return corrections_to_bytes(self._corrections.load())


def content_type(path: str) -> str:
    """The media type of a file of the site."""
    return CONTENT_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")


def _list_assets(folder: Traversable, base: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _list_assets(entry, f"{base}{entry.name}/")
        elif PurePosixPath(entry.name).suffix in CONTENT_TYPES:
            yield base + entry.name, entry
