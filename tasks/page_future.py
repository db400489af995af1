"""Pages that Dask fetches, before they are here."""

from concurrent.futures import CancelledError
from typing import Any, NamedTuple

from distributed import KilledWorker
from distributed.comm.core import CommClosedError

from tasks.fetch import FailedPage, FetchedPage
from tasks.scans import Scan


class DaskLostError(ConnectionError):
    """The Dask cluster ended under the run."""


class PageFuture(NamedTuple):
    """A scan and the Dask future of its `FetchedPage` or `FailedPage`."""

    scan: Scan
    future: Any  # distributed is untyped

    def result(self) -> FetchedPage | FailedPage:
        """Bring the page here; workers that ended over it are a page's failure.

        Raises:
            DaskLostError: if the cluster ended.
        """
        try:
            page: FetchedPage | FailedPage = result_of(self.future)
        except KilledWorker as error:
            return lost_page(self.scan, error)
        return page

    def where_it_is(self) -> Any:  # noqa: ANN401 - distributed is untyped
        """Leave the page where it lies, if it was fetched; else as `result`."""
        return self.result() if self.future.status in {"error", "cancelled"} else self.future


def result_of(future: Any) -> Any:  # noqa: ANN401 - distributed is untyped
    """Wait for a Dask future.

    Raises:
        DaskLostError: if the cluster ended.
        Whatever the future raises.
    """
    try:
        return future.result()
    except (CancelledError, CommClosedError) as error:  # before it is asked, or while it answers
        raise DaskLostError(
            "the connection to the Dask scheduler was lost; see its logs, start it, then run again"
        ) from error


def lost_page(scan: Scan, error: KilledWorker) -> FailedPage:
    """Describe a page over which workers ended."""
    message = f"{error.allowed_failures + 1} Dask workers ended over it; see their logs"
    return FailedPage(scan, "worker-lost", message, 0.0, 0.0)
