"""Planning a backfill and reading its collections, without Prefect's server."""

import threading
from pathlib import Path
from typing import Any

import pytest
from prefect.states import Completed, Failed, State
from sample_rows import MODEL, page_row

from tasks.archive_collections import Collection
from tasks.backfill_plan import (
    BackfillPlan,
    BackfillSettings,
    CollectionPlan,
    duration_text,
    plan_backfill,
)
from tasks.backfill_run import idempotency_key, read_collections, run_name
from tasks.models import load_model, with_context
from tasks.object_store import open_store
from tasks.page_row import PageTimings
from tasks.part_statistics import NO_ROWS, PartStatistics
from tasks.readings import write_part

BUILTIN = with_context(load_model(), "builtin").digest


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Two collections of two files each, and an empty one."""
    for name in ("ise", "源氏", "empty"):
        (tmp_path / "scans" / name).mkdir(parents=True)
        for page in ("1.jpg", "2.jpg") if name != "empty" else ():
            (tmp_path / "scans" / name / page).write_bytes(b"a file")
    return tmp_path / "scans"


def settings_for(scans: Path, **options: Any) -> BackfillSettings:  # noqa: ANN401 - any parameter
    return BackfillSettings(f"{scans}/*", f"{scans.parent}/out", **options)


def test_a_plan_writes_nothing_and_does_not_know_the_time(scans: Path) -> None:
    plan = plan_backfill(settings_for(scans))

    assert [(one.collection.name, one.listed, one.to_read) for one in plan.collections] == [
        ("empty", 0, 0),
        ("ise", 2, 2),
        ("源氏", 2, 2),
    ]
    assert [row[5:] for row in plan.table()[1:]] == [
        ("0 s", "no scans"),
        ("unknown", ""),
        ("unknown", ""),
        ("unknown", ""),
    ]
    assert not (scans.parent / "out").exists()


def test_the_time_is_that_of_pages_read_before(scans: Path) -> None:
    output = open_store(f"{scans.parent}/out/ise", create=True)
    timings = PageTimings(fetch=0.5, decode=0.5, wait=99.0, forward=60.0)
    write_part(output, [page_row("older.jpg", [1.0], model=BUILTIN, timings=timings)])

    plan = plan_backfill(settings_for(scans))

    assert [plan.seconds(one) for one in plan.collections] == [0.0, 120.0, 120.0]
    assert plan.table()[2] == ("ise", "2", "0", "2", "1", "2 min", "")
    assert plan.table()[-1] == ("3 collections", "4", "0", "4", "1", "4 min", "")


def test_what_cannot_be_read_is_the_problem_of_its_collection_alone(scans: Path) -> None:
    (scans.parent / "out").mkdir()
    (scans.parent / "out" / "ise").write_bytes(b"a file where a folder belongs")

    plan = plan_backfill(settings_for(scans))

    assert "is a file" in plan.collections[1].collection.problem
    assert plan.collections[2].to_read == 2


def test_an_unreadable_archive_in_a_file_is_its_line_alone(scans: Path, tmp_path: Path) -> None:
    lines = ["archive,output", f"{scans}/none,{tmp_path}/1", f"{scans}/ise,{tmp_path}/2"]
    lines += [f"s3://user:secret@host,{tmp_path}/3"]
    (tmp_path / "list.csv").write_text("\n".join(lines))

    plan = plan_backfill(BackfillSettings(f"{tmp_path}/list.csv"))

    problems = [one.collection.problem for one in plan.collections]
    assert "there is no directory" in problems[0]
    assert problems[1] == ""
    assert "credentials belong into" in problems[2]
    assert "secret" not in problems[2]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"),
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3599, "60 min"),
        (3600, "1 h 0 min"),
        (86399, "23 h 59 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations_are_written_as_people_say_them(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


def test_failures_and_files_that_fetch_longer_count_in_the_time_of_a_page() -> None:
    assert NO_ROWS.seconds_per_page is None
    assert PartStatistics(pages=1, failed=1).seconds_per_page is None
    slow_store = PartStatistics(pages=3, failed=1, fetch_seconds=64.0, forward_seconds=2.0)
    assert slow_store.seconds_per_page == 4.0  # eight pages are fetched at a time
    slow_decoder = PartStatistics(pages=2, fetch_seconds=8.0, decode_seconds=6.0)
    assert slow_decoder.seconds_per_page == 3.0


def test_a_collection_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    outcomes = {"fails": Failed(message="too many"), "good": Completed(), "worse": OSError("gone")}
    plan = plan_of(tmp_path, *outcomes)

    def recognize(collection: Collection, parameters: dict[str, Any]) -> State[Any]:
        outcome = outcomes[collection.name]
        if isinstance(outcome, OSError):
            raise outcome
        output = open_store(parameters["output"])
        write_part(output, [page_row("1.jpg", [0.25, 0.75]), page_row("2.jpg", None)])
        return outcome

    *_, table = read_collections(BackfillSettings("unused"), plan, recognize)

    rows = [one.row() for one in table]
    assert [row[-1] for row in rows] == ["failed: too many", "done", "failed: gone"]
    assert [rows[1][column] for column in (1, 2, 3, 5, 6)] == ["2", "2", "1", "2", "0.500"]


def test_collections_without_work_or_with_a_problem_are_not_run(tmp_path: Path) -> None:
    nothing = CollectionPlan(Collection("done", "a", "o1"), listed=3, done=3)
    empty = CollectionPlan(Collection("empty", "b", "o2"))
    broken = CollectionPlan(Collection("..", "c", "o3", "bad name"))

    def recognize(collection: Collection, _: dict[str, Any]) -> State[Any]:
        pytest.fail(f"{collection} was run")

    plan = BackfillPlan(MODEL, (nothing, empty, broken))
    *_, table = read_collections(BackfillSettings("unused"), plan, recognize)

    assert [one.row()[-1] for one in table] == ["nothing to do", "no scans", "failed: bad name"]
    assert not list(tmp_path.iterdir())


def test_so_many_are_read_at_once_and_no_more(tmp_path: Path) -> None:
    together = threading.Barrier(3)
    running: list[int] = []
    seen: list[int] = []
    lock = threading.Lock()

    def recognize(_: Collection, __: dict[str, Any]) -> State[Any]:
        with lock:
            running.append(1)
            seen.append(len(running))
        together.wait(timeout=60)  # passes only where three are here
        with lock:
            running.pop()
        return Completed()

    plan = plan_of(tmp_path, *"abcdef")
    *_, table = read_collections(BackfillSettings("unused", at_once=3), plan, recognize)

    assert {one.status for one in table} == {"done"}
    assert max(seen) == 3


def test_the_key_of_a_run_tells_collections_models_and_attempts_apart() -> None:
    one = Collection("a", "scans/a", "out/a")
    keys = {
        idempotency_key(collection, model, attempt)
        for collection in (one, Collection("a", "scans/a", "out/b"), Collection("a", "b", "out/a"))
        for model in ("1", "2")
        for attempt in ("first", "second")
    }

    assert len(keys) == 12
    assert idempotency_key(Collection("other name", "scans/a", "out/a"), "1", "first") in keys


def test_a_name_for_prefect_holds_nothing_that_a_terminal_obeys() -> None:
    assert run_name(Collection("源氏\x1b[31m\n", "", "")) == "源氏\ufffd[31m\ufffd"
    assert len(run_name(Collection("x" * 1000, "", ""))) == 200


def plan_of(folder: Path, *names: str) -> BackfillPlan:
    return BackfillPlan(
        MODEL,
        tuple(
            CollectionPlan(Collection(name, f"scans/{name}", f"{folder}/{name}"), 2, 0, 2)
            for name in names
        ),
    )
