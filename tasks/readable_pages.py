"""The pixels of scans of which something is known, one page at a time."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from prefect import get_run_logger

from model.page import CANDIDATE_SIDES, Page
from tasks.fetch import FailedPage, fetch_page
from tasks.object_store import ObjectStore
from tasks.progress import PageProgress
from tasks.scans import Scan

Known = TypeVar("Known")


def readable_pages(
    store: ObjectStore, pages: Sequence[tuple[Scan, Known]]
) -> Iterator[tuple[Scan, Known, Page]]:
    """Yield scans, what is known of them, and their pixels as the reader takes them.

    What cannot be read is logged with its cause and left out.

    Args:
        store: where the scans are.
        pages: scans as they were listed.

    Raises:
        CredentialsError, ContainerNotFoundError: as `tasks.fetch.fetch_page`.
    """
    logger = get_run_logger()
    with PageProgress(len(pages)) as progress:
        for scan, known in pages:
            fetched = fetch_page(store, scan, CANDIDATE_SIDES[-1])
            if isinstance(fetched, FailedPage):
                logger.warning("%s is left out: %s", scan.key, fetched.message)
            else:
                yield scan, known, fetched.page.to_page()
            progress.count(failed=isinstance(fetched, FailedPage))
