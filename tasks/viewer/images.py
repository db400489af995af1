"""The pictures of an archive's pages, made when somebody looks at them."""

import threading
from functools import lru_cache

from tasks.fetch import MAX_FILE_BYTES
from tasks.object_store import ObjectStore, StoreError
from tasks.page_image import PageError, PageImage, decode_page
from tasks.viewer.catalogue import CataloguedPage
from tasks.viewer.tiles import THUMBNAIL_SIDE, cut_tiles, encode_jpeg

_OPEN_PAGES = 16  # their tiles are kept as JPEG: a few MB a page
_THUMBNAIL = "thumbnail.jpg"


class MissingImageError(LookupError):
    """There is no such picture: the scan is gone, damaged, or another one by now."""


class PageImages:
    """Tiles and thumbnails of scans. Threads may share it; pages are cut one after another.

    Args:
        archive: where the scans lie.
    """

    def __init__(self, archive: ObjectStore) -> None:
        self._archive = archive
        self._cutting = threading.Lock()
        self._tiles = lru_cache(_OPEN_PAGES)(self.tiles)

    def get(self, page: CataloguedPage, name: str) -> bytes:
        """One picture: ``thumbnail.jpg`` or ``level/column_row.jpg``.

        Raises:
            MissingImageError: if there is none.
        """
        if name == _THUMBNAIL:
            return self.thumbnail(page)
        with self._cutting:
            tiles = self._tiles(page)
        try:
            return tiles[name]
        except KeyError as error:
            raise MissingImageError(name) from error

    def thumbnail(self, page: CataloguedPage) -> bytes:
        """A small JPEG of the whole page.

        Raises:
            MissingImageError: if the scan cannot be shown.
        """
        return encode_jpeg(self._decode(page, THUMBNAIL_SIDE).image_HW3)

    def tiles(self, page: CataloguedPage) -> dict[str, bytes]:
        """All tiles by name, as `cut_tiles` makes them.

        Raises:
            MissingImageError: if the scan cannot be shown.
        """
        return cut_tiles(self._decode(page, None).image_HW3)

    def _decode(self, page: CataloguedPage, max_long_side: int | None) -> PageImage:
        # Not by ETag: a copied folder has other times, but its pages are the same.
        try:
            data = self._archive.get(page.key, max_bytes=MAX_FILE_BYTES)
            image = decode_page(data, max_long_side=max_long_side)
        except (StoreError, PageError) as error:
            raise MissingImageError(str(error)) from error
        if (image.page_width, image.page_height) != (page.width, page.height):
            raise MissingImageError(f"{page.key!r} has another size than when it was read")
        return image
