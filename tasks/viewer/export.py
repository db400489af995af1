"""The viewer's site as a folder that any web server or bucket can host."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tasks.object_store import DirectoryStore, ObjectNotFoundError
from tasks.viewer.catalogue import CataloguedPage
from tasks.viewer.images import MissingImageError
from tasks.viewer.site import ViewerSite

_MARK = "data/archive.json"  # written last: its presence tells a finished export
_THREADS = 2  # each holds a page's pixels; OpenCV and Pillow work outside the interpreter's lock


class OccupiedFolderError(ValueError):
    """The folder holds something else than an export."""


def check_destination(destination: DirectoryStore) -> None:
    """Refuse a folder with foreign files: an export overwrites files of its own names.

    Raises:
        OccupiedFolderError: naming the folder.
    """
    if next(iter(destination.list()), None) is None:
        return
    try:
        destination.head("viewer-export.txt")
    except ObjectNotFoundError as error:
        raise OccupiedFolderError(
            f"{destination.location} is neither empty nor an earlier export; name another folder"
        ) from error


def export_site(
    site: ViewerSite, destination: DirectoryStore, count: Callable[[bool], None]
) -> int:
    """Write every file of the site; pictures that an earlier export wrote are kept.

    Args:
        site: what to write.
        destination: an empty folder, or one with an earlier export.
        count: called after every page's pictures, with whether the scan could not be shown.

    Returns:
        How many pages have no picture.
    """
    check_destination(destination)
    destination.put("viewer-export.txt", b"Written by kuzushiji view --export; may be replaced.\n")

    def write(page: CataloguedPage) -> bool:
        missing = not _write_pictures(site, page, destination)
        count(missing)
        return missing

    with ThreadPoolExecutor(_THREADS) as pool:
        missing = sum(pool.map(write, site.pages()))
    for path in [*(path for path in site.paths() if path != _MARK), _MARK]:
        destination.put(path, site.read(path))
    return missing


def _write_pictures(site: ViewerSite, page: CataloguedPage, destination: DirectoryStore) -> bool:
    """Tiles first, the thumbnail last: where it lies, the others do."""
    folder = f"images/{page.image}"
    try:
        destination.head(f"{folder}/thumbnail.jpg")
    except ObjectNotFoundError:
        pass
    else:
        return True
    try:
        tiles, thumbnail = site.images.tiles(page), site.images.thumbnail(page)
    except MissingImageError:
        return False
    for name, data in tiles.items():
        destination.put(f"{folder}/{name}", data)
    destination.put(f"{folder}/thumbnail.jpg", thumbnail)
    return True
