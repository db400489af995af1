from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tasks.recognition_run import open_dask


def test_clusters_of_several_collections_start_at_the_same_moment() -> None:
    together = Barrier(4)

    def count_to_two(_: int) -> int:
        together.wait()
        with open_dask(None) as dask:
            return int(dask.submit(sum, [1, 1]).result())

    with ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            assert list(threads.map(count_to_two, range(4))) == [2, 2, 2, 2]
