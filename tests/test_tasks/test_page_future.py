"""Pages that Dask fetches: what a cluster that ends looks like from here."""

from concurrent.futures import CancelledError

import pytest
from distributed.comm.core import CommClosedError

from tasks.page_future import DaskLostError, result_of


class LostFuture:
    """A Dask future whose scheduler ends at a moment that no test can choose."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def result(self) -> object:
        raise self.error


@pytest.mark.parametrize("error", [CancelledError("key"), CommClosedError("stream is closed")])
def test_a_cluster_that_ends_before_or_while_a_page_is_asked_for_is_named(
    error: BaseException,
) -> None:
    with pytest.raises(DaskLostError, match="connection to the Dask scheduler was lost"):
        result_of(LostFuture(error))
