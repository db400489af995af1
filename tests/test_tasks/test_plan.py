import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.characters import PageReading
from tasks.object_store import DirectoryStore, ObjectInfo
from tasks.packed_batches import Batch, PackedBatches
from tasks.page_row import PageRow, PageTimings
from tasks.plan import OutputExistsError, Plan, plan_batches
from tasks.readings import latest_rows, list_parts, read_rows, write_batch
from tasks.scans import Scan

MODEL = "0123456789abcdef" * 4
OTHER_MODEL = "fedcba9876543210" * 4
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class CountingStore:
    """Counts the requests made to a directory."""

    inner: DirectoryStore
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def location(self) -> str:
        return self.inner.location

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        self.calls["list"] += 1
        return self.inner.list(prefix)

    def head(self, key: str) -> ObjectInfo:
        self.calls["head"] += 1
        return self.inner.head(key)

    def get(self, key: str, *, etag: str | None = None, max_bytes: int | None = None) -> bytes:
        self.calls["get"] += 1
        return self.inner.get(key, etag=etag, max_bytes=max_bytes)

    def open(self, key: str) -> BinaryIO:
        self.calls["open"] += 1
        return self.inner.open(key)

    def put(self, key: str, data: bytes) -> str:
        self.calls["put"] += 1
        return self.inner.put(key, data)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        self.calls["put"] += 1
        return self.inner.put_if_absent(key, data)

    def delete(self, key: str) -> None:
        self.inner.delete(key)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(DirectoryStore(tmp_path))


def archive(count: int, etag: str = "v1") -> list[Scan]:
    return [Scan(f"book/{number:05}.jpg", 10, etag) for number in range(count)]


def write(
    store: CountingStore | DirectoryStore,
    batch: Batch,
    *,
    failed: frozenset[str] = frozenset(),
    model: str = MODEL,
    minutes: int = 0,
    error_kind: str = "truncated",
) -> None:
    rows = [
        PageRow(
            scan=scan,
            width=1,
            height=1,
            model_digest=model,
            reading=None if scan.key in failed else PageReading.empty(),
            error_kind=error_kind if scan.key in failed else None,
            error_message=None,
            timings=PageTimings(),
            read_at=START + timedelta(minutes=minutes),
        )
        for scan in batch
    ]
    write_batch(store, rows)


def planned_keys(plan: Plan) -> list[str]:
    return [scan.key for batch in plan.batches for scan in batch]


@pytest.mark.parametrize("batch_size", [1, 2, 7, 64, 1000])
def test_a_new_archive_is_planned_completely_and_in_order(
    store: CountingStore, batch_size: int
) -> None:
    scans = archive(300)

    plan = plan_batches(scans, store, MODEL, batch_size=batch_size)

    assert [scan for batch in plan.batches for scan in batch] == scans
    assert all(0 < len(batch) <= batch_size for batch in plan.batches)
    assert (plan.listed, plan.done, plan.planned) == (300, 0, 300)


def test_batches_are_well_filled(store: CountingStore) -> None:
    plan = plan_batches(archive(6400), store, MODEL, batch_size=64)

    assert len(plan.batches) < 130  # 100 would be full; see the module's comment


def test_an_empty_archive_needs_nothing(store: CountingStore) -> None:
    assert plan_batches([], store, MODEL, batch_size=8) == Plan(PackedBatches(), 0, 0)


def test_a_finished_archive_costs_one_listing(store: CountingStore) -> None:
    scans = archive(200)
    for batch in plan_batches(scans, store, MODEL, batch_size=16).batches:
        write(store, batch)
    store.calls.clear()

    plan = plan_batches(iter(scans), store, MODEL, batch_size=16)

    assert plan == Plan(PackedBatches(), 200, 200)
    assert store.calls == {"list": 1}


def test_a_new_page_opens_few_parts(store: CountingStore) -> None:
    scans = archive(600)
    for batch in plan_batches(scans, store, MODEL, batch_size=8).batches:
        write(store, batch)
    parts = len(list(list_parts(store)))
    store.calls.clear()
    scans.insert(100, Scan("book/00099b.jpg", 10, "v1"))

    plan = plan_batches(scans, store, MODEL, batch_size=8)

    assert planned_keys(plan) == ["book/00099b.jpg"]
    assert 1 <= store.calls["open"] < parts / 4


def test_a_changed_page_is_planned_again(store: CountingStore) -> None:
    scans = archive(20)
    write(store, tuple(scans))
    scans[3] = Scan(scans[3].key, 10, "v2")

    plan = plan_batches(scans, store, MODEL, batch_size=8)

    assert list(plan.batches) == [(scans[3],)]
    assert plan.done == 19


def test_another_model_starts_anew(store: CountingStore) -> None:
    scans = archive(5)
    write(store, tuple(scans))

    assert plan_batches(scans, store, OTHER_MODEL, batch_size=8).planned == 5


def test_failed_pages_wait_until_asked_for(store: CountingStore) -> None:
    scans = archive(30)
    failed = frozenset({scans[4].key, scans[20].key})
    for batch in plan_batches(scans, store, MODEL, batch_size=8).batches:
        write(store, batch, failed=failed)

    patient = plan_batches(scans, store, MODEL, batch_size=8)
    eager = plan_batches(scans, store, MODEL, batch_size=8, retry_failed=True)

    assert patient == Plan(PackedBatches(), 30, 30)
    assert set(planned_keys(eager)) == failed
    assert eager.done == 28


def test_a_page_that_was_read_in_the_end_is_not_retried(store: CountingStore) -> None:
    scans = archive(10)
    write(store, tuple(scans), failed=frozenset({scans[4].key}))
    write(store, (scans[4],), minutes=1)

    plan = plan_batches(scans, store, MODEL, batch_size=8, retry_failed=True)

    assert plan == Plan(PackedBatches(), 10, 10)


def test_overwriting_plans_everything(store: CountingStore) -> None:
    scans = archive(10)
    write(store, tuple(scans))

    plan = plan_batches(scans, store, MODEL, batch_size=8, existing="overwrite")

    assert (plan.planned, plan.done) == (10, 0)


def test_aborting_spares_what_is_there(store: CountingStore) -> None:
    scans = archive(3)

    assert plan_batches(scans, store, MODEL, batch_size=8, existing="abort").planned == 3
    write(store, tuple(scans))

    with pytest.raises(OutputExistsError, match="choose another output"):
        plan_batches(scans, store, MODEL, batch_size=8, existing="abort")
    assert plan_batches(scans, store, OTHER_MODEL, batch_size=8, existing="abort").planned == 3


def test_a_limit_takes_the_first_missing_pages(store: CountingStore) -> None:
    scans = archive(20)
    write(store, tuple(scans[:6]), failed=frozenset({scans[0].key}))

    plan = plan_batches(scans, store, MODEL, batch_size=3, limit=4)
    retry = plan_batches(scans, store, MODEL, batch_size=3, limit=2, retry_failed=True)

    assert planned_keys(plan) == [scan.key for scan in scans[6:10]]
    assert (plan.listed, plan.done) == (20, 6)
    assert planned_keys(retry) == [scans[0].key, scans[6].key]


def test_pages_gone_from_the_archive_are_named_and_keep_their_rows(store: CountingStore) -> None:
    scans = archive(30)
    for batch in plan_batches(scans, store, MODEL, batch_size=8).batches:
        write(store, batch)
    gone = [scans[4].key, *(scan.key for scan in scans[12:20])]
    rest = [scan for scan in scans if scan.key not in gone]

    plan = plan_batches(rest, store, MODEL, batch_size=8)
    changed = plan_batches(rest, store, MODEL, batch_size=5, retry_failed=True)

    assert plan == changed == Plan(PackedBatches(), 21, 21, tuple(gone))
    assert [row.scan for row in latest_rows(store)] == scans


def test_an_emptied_archive_is_gone_completely(store: CountingStore) -> None:
    write(store, tuple(archive(3)))
    write(store, tuple(archive(5)), model=OTHER_MODEL)

    plan = plan_batches([], store, MODEL, batch_size=8)

    assert plan.gone == tuple(scan.key for scan in archive(3))


@pytest.mark.parametrize(
    ("select", "gone"),
    [("*", {"a/1.jpg", "b/1.jpg"}), ("b/*", {"b/1.jpg"}), ("c/*", set()), (None, set())],
)
def test_only_what_was_selected_can_be_gone(
    store: CountingStore, select: str | None, gone: set[str]
) -> None:
    write(store, (Scan("a/1.jpg", 1, "v1"), Scan("b/1.jpg", 1, "v1")))

    plan = plan_batches([], store, MODEL, batch_size=8, select=select)

    assert set(plan.gone) == gone


def test_a_renamed_page_is_new_and_gone_a_changed_one_is_not_gone(store: CountingStore) -> None:
    write(store, (Scan("changed.jpg", 1, "v1"), Scan("old name.jpg", 1, "v1")))
    now = [Scan("changed.jpg", 1, "v2"), Scan("新しい名.jpg", 1, "v1")]

    plan = plan_batches(now, store, MODEL, batch_size=8)

    assert (planned_keys(plan), plan.gone) == ([scan.key for scan in now], ("old name.jpg",))


@pytest.mark.parametrize("bad", [{"batch_size": 0}, {"batch_size": 4, "limit": 0}])
def test_numbers_below_one_are_refused(store: CountingStore, bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        plan_batches([], store, MODEL, **bad)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Run:
    """One run: what happened to the archive before it, and how far it came."""

    added: frozenset[int]
    changed: frozenset[int]
    unreadable: frozenset[int]
    batch_size: int
    retry_failed: bool
    limit: int | None
    batches_until_killed: int


page_numbers = st.frozensets(st.integers(0, 25), max_size=12)
runs = st.lists(
    st.builds(
        Run,
        added=page_numbers,
        changed=page_numbers,
        unreadable=page_numbers,
        batch_size=st.integers(1, 9),
        retry_failed=st.booleans(),
        limit=st.none() | st.integers(1, 20),
        batches_until_killed=st.integers(0, 9),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(runs=runs, last_batch_size=st.integers(1, 9))
def test_whatever_happened_one_last_run_completes_everything_once(
    runs: list[Run], last_batch_size: int
) -> None:
    versions: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = DirectoryStore(Path(folder))
        for minute, run in enumerate(runs):
            versions |= {number: versions.get(number, 0) for number in run.added}
            versions |= {number: versions[number] + 1 for number in run.changed & versions.keys()}
            plan = plan_batches(
                listing(versions),
                store,
                MODEL,
                batch_size=run.batch_size,
                retry_failed=run.retry_failed,
                limit=run.limit,
            )
            unreadable = frozenset(f"{number:02}.jpg" for number in run.unreadable)
            for batch in plan.batches[: run.batches_until_killed]:
                write(store, batch, failed=unreadable, minutes=minute)
        scans = listing(versions)
        last = plan_batches(scans, store, MODEL, batch_size=last_batch_size, retry_failed=True)
        again = plan_batches(scans, store, MODEL, batch_size=last_batch_size, retry_failed=True)
        for batch in last.batches:
            write(store, batch, minutes=len(runs))

        assert last == again
        assert [row.scan for row in latest_rows(store)] == scans
        assert all(row.status == "read" for row in latest_rows(store))
        read = Counter((row.scan.key, row.scan.etag) for row in read_rows(store) if row.reading)
        assert set(read.values()) <= {1}
        assert plan_batches(scans, store, MODEL, batch_size=5, retry_failed=True).planned == 0
        assert plan_batches(scans, store, MODEL, batch_size=7).planned == 0


def listing(versions: dict[int, int]) -> list[Scan]:
    return [Scan(f"{number:02}.jpg", 10, f"v{versions[number]}") for number in sorted(versions)]


@pytest.mark.parametrize("kind", ["missing", "changed", "denied", "unavailable", "worker-lost"])
@pytest.mark.parametrize("count", [1, 20])
def test_a_passing_failure_is_planned_until_it_is_read(
    store: CountingStore, kind: str, count: int
) -> None:
    scans = archive(20)
    failed = frozenset(scan.key for scan in scans[:count])
    for batch in plan_batches(scans, store, MODEL, batch_size=8).batches:
        write(store, batch, failed=failed, error_kind=kind)

    again = plan_batches(scans, store, MODEL, batch_size=8)
    for batch in again.batches:
        write(store, batch, minutes=1)
    last = plan_batches(scans, store, MODEL, batch_size=8)

    assert planned_keys(again) == sorted(failed)
    assert (again.done, last.planned) == (20 - count, 0)
    assert {row.status for row in latest_rows(store)} == {"read"}
