"""Faults between boto3 and an S3 server: what a run says, and that the next one completes it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import faulty_proxy
import pytest
from faulty_proxy import ALWAYS, SERVER_TEXT, Exchange, Fault, FaultyProxy
from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner
from small_archive import jpeg

from flows.recognize_archive import recognize_archive
from tasks.object_store import ObjectStore, StoreUnavailableError, open_store
from tasks.readings import latest_rows, read_rows
from tasks.recognition import recognize_batch
from tasks.recognition_run import RecognitionSettings, open_run

BREAKS: dict[str, Fault] = {
    "slow-down": faulty_proxy.slow_down,
    "internal-error": faulty_proxy.internal_error,
    "reset": faulty_proxy.reset,
    "broken-off": faulty_proxy.broken_off,
    "stalled": faulty_proxy.stalled,
    "stalled-midway": faulty_proxy.stalled_midway,
}
KEYS = sorted([*(f"{name}.jpg" for name in BREAKS), "changed.jpg", "halved.jpg", "untouched.jpg"])
MESSAGES = {
    "slow-down.jpg": "S3 answered 503 (SlowDown) for 'slow-down.jpg'; run again later",
    "internal-error.jpg": (
        "S3 answered 500 (InternalError) for 'internal-error.jpg'; run again later"
    ),
    "reset.jpg": "the answer for 'reset.jpg' broke off; run again",
    "broken-off.jpg": "the answer for 'broken-off.jpg' broke off; run again",
    "halved.jpg": "'halved.jpg' arrived with {half} of {size} bytes; run again",
    "stalled.jpg": (
        "no answer from S3 for 'stalled.jpg' (ReadTimeoutError);"
        " check the network and AWS_ENDPOINT_URL, then run again"
    ),
    "stalled-midway.jpg": "the answer for 'stalled-midway.jpg' stalled; run again",
    "changed.jpg": "'changed.jpg' changed since it was listed; run again",
    "untouched.jpg": None,
}


@pytest.fixture
def archive(s3_bucket: str) -> ObjectStore:
    """A bucket of pages that reaches its server past the proxy."""
    store = open_store(f"s3://{s3_bucket}/scans")
    for number, key in enumerate(KEYS):
        store.put(key, jpeg(number))
    return store


@pytest.fixture
def proxy(archive: ObjectStore, s3_faults: FaultyProxy) -> Iterator[FaultyProxy]:
    """The proxy through which runs see the archive, once that is filled."""
    assert archive.location
    return s3_faults


def run(archive: ObjectStore, model: Path) -> Any:  # noqa: ANN401 - a summary, or an exception
    output = archive.location.replace("/scans", "/out")
    state = recognize_archive(
        archive.location, output, model=str(model), max_failure_rate=1, return_state=True
    )
    return state.result(raise_on_failure=False)


def output_of(archive: ObjectStore) -> ObjectStore:
    return open_store(archive.location.replace("/scans", "/out"))


def assert_complete_and_unique(archive: ObjectStore) -> None:
    rows = list(latest_rows(output_of(archive)))
    listed = {info.key: info.etag for info in archive.list()}
    assert [(row.scan.key, row.status) for row in rows] == [(key, "read") for key in KEYS]
    assert {row.scan.key: row.scan.etag for row in rows} == listed


def test_a_fault_that_passes_is_asked_again_and_leaves_no_trace(
    archive: ObjectStore, proxy: FaultyProxy, small_model: Path
) -> None:
    for name, fault in BREAKS.items():
        proxy.break_("GET", f"/{name}.jpg", fault, times=1)
    proxy.break_("PUT", "/out/readings/", faulty_proxy.done_but_unanswered, times=1)
    proxy.break_("GET", "list-type=2", faulty_proxy.halved, times=2)
    proxy.break_("GET", "list-type=2", faulty_proxy.emptied, times=2)

    summary = run(archive, small_model)

    assert (summary["pages"], summary["failed"]) == (len(KEYS), {})
    assert all(proxy.count("GET", f"/{name}.jpg") > 1 for name in BREAKS)
    assert proxy.count("PUT", "/out/readings/") > 1
    assert Counter(row.scan.key for row in read_rows(output_of(archive))) == Counter(KEYS)
    assert_complete_and_unique(archive)


def test_a_fault_that_stays_is_a_row_with_its_cause_until_the_next_run(
    archive: ObjectStore, proxy: FaultyProxy, small_model: Path
) -> None:
    def replaced(exchange: Exchange) -> None:
        archive.put("changed.jpg", jpeg(99))
        faulty_proxy.passed_on(exchange)

    for name, fault in {**BREAKS, "halved": faulty_proxy.halved, "changed": replaced}.items():
        proxy.break_("GET", f"/{name}.jpg", fault)
    size = archive.head("halved.jpg").size

    broken = run(archive, small_model)
    rows = {row.scan.key: row for row in latest_rows(output_of(archive))}
    asked_while_stalled = proxy.count("GET", "/stalled.jpg")
    proxy.heal()
    healed = run(archive, small_model)
    again = run(archive, small_model)

    assert {key: row.error_message for key, row in rows.items()} == {
        key: message and message.format(half=size // 2, size=size)
        for key, message in MESSAGES.items()
    }
    assert not any(SERVER_TEXT in str(row.error_message) for row in rows.values())
    assert asked_while_stalled == 7  # and not once more for every attempt at a broken body
    assert broken["failed"] == {"unavailable": len(KEYS) - 2, "changed": 1}
    assert (healed["pages"], healed["failed"]) == (len(KEYS) - 1, {})
    assert again["pages"] == 0
    assert_complete_and_unique(archive)


@pytest.mark.parametrize(
    ("fault", "sentence", "planned_again"),
    [
        pytest.param(
            faulty_proxy.slow_down,
            "S3 answered 503 (SlowDown) for 'readings/",
            len(KEYS),
            id="slow-down",
        ),
        pytest.param(
            faulty_proxy.done_but_unanswered,
            "no answer from S3 for 'readings/",
            0,
            id="done-but-unanswered",
        ),
    ],
)
def test_readings_that_cannot_be_written_fail_the_run_with_one_sentence(
    archive: ObjectStore,
    proxy: FaultyProxy,
    small_model: Path,
    fault: Fault,
    sentence: str,
    planned_again: int,
) -> None:
    proxy.break_("PUT", "/out/readings/", fault, times=ALWAYS)

    error = run(archive, small_model)
    proxy.heal()
    again = run(archive, small_model)

    assert isinstance(error, StoreUnavailableError)
    assert str(error).startswith(sentence)
    assert "run again" in str(error)
    assert SERVER_TEXT not in str(error)
    assert again["pages"] == planned_again
    assert Counter(row.scan.key for row in read_rows(output_of(archive))) == Counter(KEYS)
    assert_complete_and_unique(archive)


def test_two_runs_at_once_leave_the_table_of_one(archive: ObjectStore, small_model: Path) -> None:
    def settings(output: str) -> RecognitionSettings:
        place = archive.location.replace("/scans", output)
        return RecognitionSettings(archive.location, place, str(small_model), batch_size=2)

    @flow(task_runner=ThreadPoolTaskRunner[Any](max_workers=2))
    def run_twice() -> None:
        with (
            open_run(settings("/out")) as (plan, one),
            open_run(settings("/out")) as (same_plan, other),
        ):
            assert plan == same_plan
            futures = [
                recognize_batch.submit(recognition, batch, number)
                for number, batch in enumerate(plan.batches)
                for recognition in (one, other)
            ]
            for future in futures:
                future.result()

    run_twice()
    recognize_archive(**asdict(settings("/alone")))

    alone = open_store(archive.location.replace("/scans", "/alone"))
    assert table(output_of(archive)) == table(alone)
    assert_complete_and_unique(archive)


def table(output: ObjectStore) -> list[object]:
    """What a run found, without what differs from run to run: times, and the last bits."""
    return [
        (
            row.scan,
            row.status,
            row.reading and row.reading.codepoints_NK[:, 0].tolist(),
            row.reading and row.reading.boxes_N4.round().tolist(),
        )
        for row in read_rows(output)
    ]
