"""Groups of pages that several threads bring to one reader."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from tasks.fetch import FailedPage, FetchedPage, fetch_page
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.page_row import PageRow
from tasks.row_reader import ReaderRecipe, RowReader
from tasks.scans import Scan, list_scans

ARCHIVE = Path(__file__).parents[2] / "demo/archive"


def group_of(keys: str) -> list[FetchedPage | FailedPage]:
    store = open_store(str(ARCHIVE))
    return [fetch_page(store, scan) for scan in list_scans(store, keys)]


def keys_of(rows: list[PageRow] | list[FetchedPage | FailedPage]) -> list[str]:
    return [row.scan.key for row in rows]


def characters_of(row: PageRow) -> list[int]:
    return [] if row.reading is None else row.reading.codepoints_NK[:, 0].tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_groups_that_come_at_once_are_read_whole_and_share_the_time(threads: int) -> None:
    groups = [group_of("hojoki/*"), group_of("ise/*")]
    assert all(len(group) > 1 for group in groups)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        model = load_model()
        reader = RowReader(ReaderRecipe(model.digest, "torch", "cpu", 0, model))
        asked, begun = time.time(), time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            together = list(pool.map(lambda group: reader.rows(group, asked), groups))
        elapsed = time.perf_counter() - begun
        alone = [reader.rows(group, time.time()) for group in groups]
    finally:
        torch.set_num_threads(before)

    for rows, again, group in zip(together, alone, groups, strict=True):
        assert keys_of(rows) == keys_of(again) == keys_of(group)
        for row, other in zip(rows, again, strict=True):
            assert (row.status, row.error_kind) == (other.status, other.error_kind)
            assert characters_of(row) == characters_of(other)
    read = [row.timings for rows in together for row in rows if row.status == "read"]
    assert 0 < sum(one.forward for one in read) <= elapsed
    assert all(one.wait >= 0 for one in read)


def test_a_group_without_a_page_that_can_be_read_needs_no_reader() -> None:
    model = load_model()
    reader = RowReader(ReaderRecipe(model.digest, "torch", "cpu", 0, model))
    lost = FailedPage(Scan("a.jpg", 1, "x"), "missing", "gone", 0.5, 0.0)

    [row] = reader.rows([lost], time.time())

    assert row.status == "failed"
    assert row.timings.forward == 0
