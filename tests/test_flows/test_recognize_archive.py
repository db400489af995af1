"""The main job, from scans to rows: bad pages, a second run, a bucket, kill -9."""

import csv
import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from iiif_server import Answer, serve_iiif
from prefect import flow
from prefect.settings import PREFECT_API_URL
from prefect.task_runners import ThreadPoolTaskRunner
from small_archive import fill, good_pages, jpeg

from flows.recognize_archive import recognize_archive
from model.context import Context
from model.context_file import pack_context
from model.language_model import LanguageModel, count_trigrams
from tasks.batches import recognize_batches
from tasks.object_store import open_store
from tasks.readings import latest_rows, read_rows
from tasks.recognition_run import RecognitionSettings, open_run

BAD_PAGES = {
    "bad/empty.jpg": b"",
    "bad/text.jpg": "これは画像ではない".encode(),
    "bad/truncated.jpg": jpeg(1, 900, 700)[:4000],
}


SLOW_PAGE = np.zeros((6000, 6000, 3), np.uint8)  # takes about half a second to decode


def run(archive: object, output: object, model: Path, **options: object) -> dict[str, object]:
    parameters = {"archive": str(archive), "output": str(output), "model": str(model), **options}
    return recognize_archive(**parameters, return_state=True).result(raise_on_failure=False)


def statuses(output: Path) -> dict[str, str]:
    return {row.scan.key: row.status for row in latest_rows(open_store(str(output)))}


def test_bad_pages_get_their_cause_and_the_run_goes_on(tmp_path: Path, small_model: Path) -> None:
    archive = fill(tmp_path / "archive", {**good_pages(3), **BAD_PAGES})

    summary = run(archive, tmp_path / "out", small_model, max_failure_rate=0.5)

    rows = {row.scan.key: row for row in latest_rows(open_store(str(tmp_path / "out")))}
    assert summary["pages"] == 6
    assert {key: rows[key].error_kind for key in BAD_PAGES} == {
        "bad/empty.jpg": "empty",
        "bad/text.jpg": "not-an-image",
        "bad/truncated.jpg": "truncated",
    }
    assert all(str(tmp_path) not in str(row.error_message) for row in rows.values())
    assert all(rows[key].reading is not None for key in good_pages(3))


def test_what_runs_leave_behind_is_left_to_the_collector_but_for_the_first(
    tmp_path: Path, small_model: Path
) -> None:
    archive = fill(tmp_path / "archive", good_pages(1))

    run(archive, tmp_path / "first", small_model)
    exempt = gc.get_freeze_count()
    run(archive, tmp_path / "second", small_model)

    assert exempt > 100_000  # all that is loaded by then
    assert gc.get_freeze_count() <= exempt


def test_readings_with_and_without_context_are_of_two_models(
    tmp_path: Path, small_model: Path
) -> None:
    archive, output = fill(tmp_path / "archive", good_pages(2)), tmp_path / "out"
    context = tmp_path / "context.safetensors"
    language = LanguageModel(count_trigrams(["いうえあおかきあ", "ぇあぃあぅ"]))
    context.write_bytes(pack_context(Context(language, weight=1, margin=1e6), {}))

    plain = run(archive, output, small_model, context="none")
    reranked = run(archive, output, small_model, context=str(context))
    again = run(archive, output, small_model, context=str(context))

    assert [summary["pages"] for summary in (plain, reranked, again)] == [2, 2, 0]
    store = open_store(str(output))
    of_plain, of_reranked = (
        {row.scan.key: row.reading for row in latest_rows(store, str(summary["model"]))}
        for summary in (plain, reranked)
    )
    assert any(
        not np.array_equal(reading.codepoints_NK, of_reranked[key].codepoints_NK)
        for key, reading in of_plain.items()
    )
    card = json.loads(store.get(f"models/{str(reranked['model'])[:12]}/model_card.json"))
    assert card["context"] == {"weight": 1, "margin": 1e6}
    assert card["files"]["model"] == plain["model"]


def test_too_many_bad_pages_fail_the_run_but_keep_its_rows(
    tmp_path: Path, small_model: Path
) -> None:
    archive = fill(tmp_path / "archive", {**good_pages(1), **BAD_PAGES})

    state = recognize_archive(
        str(archive), str(tmp_path / "out"), model=str(small_model), return_state=True
    )

    assert state.is_failed()
    assert "75.0%" in str(state.message)
    assert len(statuses(tmp_path / "out")) == 4


def test_a_second_run_does_only_what_is_missing(tmp_path: Path, small_model: Path) -> None:
    archive = fill(tmp_path / "archive", good_pages(4))
    run(archive, tmp_path / "out", small_model, batch_size=2)
    before = sorted((tmp_path / "out").rglob("*.parquet"))

    again = run(archive, tmp_path / "out", small_model, batch_size=2)
    fill(archive, {"new.jpg": jpeg(99)})
    third = run(archive, tmp_path / "out", small_model, batch_size=2)

    assert (again["pages"], again["done_before"]) == (0, 4)
    assert third["pages"] == 1
    assert set(before) < set((tmp_path / "out").rglob("*.parquet"))
    assert len(statuses(tmp_path / "out")) == 5


@pytest.mark.parametrize("server", ["s3_bucket", "ceph_folder"])
def test_an_archive_in_a_bucket_is_read_into_a_bucket(
    request: pytest.FixtureRequest, server: str, small_model: Path
) -> None:
    bucket = request.getfixturevalue(server)
    archive = open_store(f"s3://{bucket}/scans")
    for key, data in good_pages(3).items():
        archive.put(key, data)
    output = f"s3://{bucket}/readings"

    run(archive.location, output, small_model, submission=True)
    again = run(archive.location, output, small_model)

    store = open_store(output)
    rows = list(latest_rows(store))
    submission = list(csv.DictReader(io.StringIO(store.get("submission.csv").decode())))
    assert [row.scan.key for row in rows] == sorted(good_pages(3))
    assert (again["pages"], again["done_before"]) == (0, 3)
    assert [row["image_id"] for row in submission] == ["page 00", "page 01", "page 02"]


def start(archive: object, output: object, model: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flows.cli", "recognize", str(archive)]
    options = ["--output", str(output), "--model", str(model), "--batch-size", "1"]
    environment = {**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value() or ""}
    return subprocess.Popen(
        command + options,
        env=environment,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_interrupted_at_any_moment_the_next_run_completes_the_rest(
    tmp_path: Path, small_model: Path, ending: signal.Signals
) -> None:
    archive = fill(tmp_path / "archive", good_pages(24))
    output = tmp_path / "out"
    process = start(archive, output, small_model)
    while process.poll() is None and len(list(output.rglob("*.parquet"))) < 3:
        time.sleep(0.01)
    os.killpg(process.pid, ending)
    process.communicate(timeout=60)
    before = len(list(read_rows(open_store(str(output)))))

    again = start(archive, output, small_model)
    again.communicate()

    every_row = Counter(row.scan.key for row in read_rows(open_store(str(output))))
    assert 3 <= before < 24
    assert again.returncode == 0
    assert every_row == Counter(dict.fromkeys(good_pages(24), 1))


def table(output: str) -> list[tuple[str, str, list[int]]]:
    """The rows that count, without times."""
    rows = latest_rows(open_store(output))
    return [
        (row.scan.key, row.scan.etag, row.reading.codepoints_NK.tolist() if row.reading else [])
        for row in rows
    ]


@pytest.mark.parametrize("place", ["directory", "s3"])
def test_two_runs_at_once_leave_the_table_of_one(
    tmp_path: Path, small_model: Path, place: str, request: pytest.FixtureRequest
) -> None:
    root = str(tmp_path)
    if place == "s3":
        root = f"s3://{request.getfixturevalue('s3_bucket')}"
    archive = open_store(f"{root}/scans", create=place == "directory")
    for key, data in good_pages(6).items():
        archive.put(key, data)
    together = [start(archive.location, f"{root}/two", small_model) for _ in range(2)]
    errors = [process.communicate()[1] for process in together]

    run(archive.location, f"{root}/one", small_model, batch_size=4)

    assert [process.returncode for process in together] == [0, 0], errors
    assert table(f"{root}/two") == table(f"{root}/one")
    assert [key for key, *_ in table(f"{root}/two")] == sorted(good_pages(6))


def test_deleted_scans_are_reported_and_their_rows_kept(tmp_path: Path, small_model: Path) -> None:
    archive = fill(tmp_path / "archive", good_pages(4))
    run(archive, tmp_path / "out", small_model)
    (archive / "源氏/page 02.jpg").unlink()

    summary = run(archive, tmp_path / "out", small_model)

    assert (summary["pages"], summary["done_before"]) == (0, 3)
    assert (summary["gone"], summary["gone_first"]) == (1, ("源氏/page 02.jpg",))
    assert set(statuses(tmp_path / "out")) == set(good_pages(4))


def test_only_scans_written_since_a_day_are_read(tmp_path: Path, small_model: Path) -> None:
    archive = fill(tmp_path / "archive", good_pages(3))
    new_year = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    for number, seconds in enumerate((-1, 0, 1)):
        written = new_year + seconds
        os.utime(archive / f"源氏/page {number:02}.jpg", (written, written))

    summary = run(archive, tmp_path / "out", small_model, since="2026-01-01")

    assert set(statuses(tmp_path / "out")) == {"源氏/page 01.jpg", "源氏/page 02.jpg"}
    assert (summary["listed"], summary["gone"]) == (2, 0)


def test_the_record_of_a_run_tells_where_each_batch_spent_its_time(
    tmp_path: Path, small_model: Path
) -> None:
    archive = fill(tmp_path / "archive", {**good_pages(2), **BAD_PAGES})

    run(archive, tmp_path / "out", small_model, batch_size=2, max_failure_rate=1.0)

    record = json.loads(next((tmp_path / "out" / "runs").iterdir()).read_bytes())
    spent = Counter[str]()
    for batch in record["batches"]:
        spent.update(batch["seconds"])
    assert sum(batch["pages"] for batch in record["batches"]) == 5
    assert set(spent) == {"fetch", "decode", "wait", "forward", "write"}
    assert record["summary"]["spent"] == pytest.approx(spent)
    assert min(spent["fetch"], spent["decode"], spent["forward"], spent["write"]) > 0


def test_a_zip_file_is_an_archive(tmp_path: Path, small_model: Path) -> None:
    pages = good_pages(3)
    with ZipFile(tmp_path / "scans.zip", "w") as archive:
        for key, data in pages.items():
            archive.writestr(key, data)

    run(tmp_path / "scans.zip", tmp_path / "out", small_model)
    again = run(tmp_path / "scans.zip", tmp_path / "out", small_model)

    assert statuses(tmp_path / "out") == dict.fromkeys(pages, "read")
    assert again["done_before"] == len(pages)


def test_a_failed_batch_ends_the_run_after_those_under_way(
    tmp_path: Path, small_model: Path
) -> None:
    fast = {f"1/{number}.jpg": b"" for number in range(4)}
    slow = {f"2/{number}.jpg": cv2.imencode(".jpg", SLOW_PAGE)[1].tobytes() for number in range(4)}
    archive = fill(tmp_path / "archive", {**fast, **slow})
    output = fill(tmp_path / "out", {"readings": b"a file where the folder of readings belongs"})
    settings = RecognitionSettings(str(archive), str(output), str(small_model), batch_size=4)
    pages_done = []

    @flow(task_runner=ThreadPoolTaskRunner[Any](max_workers=2))
    def run_batches() -> None:
        with open_run(settings) as (plan, recognition):
            try:
                recognize_batches(recognition, plan.batches)
            finally:
                pages_done.append(recognition.progress.done)

    state = run_batches(return_state=True)

    assert state.is_failed()
    assert pages_done == [8]


def test_a_book_on_a_iiif_server_is_read_and_a_second_run_fetches_no_image(
    tmp_path: Path, small_model: Path
) -> None:
    (tmp_path / "images").mkdir()
    with serve_iiif(tmp_path / "images") as server:
        url = server.add_book("ise", 3, width=1200, height=1600)
        server.told["/images/ise-1/full/1020,/0/default.jpg"] = [Answer(b"<html>error</html>")]
        options = {"allow_private_hosts": True, "max_failure_rate": 0.5}

        run(url, tmp_path / "out", small_model, **options)
        fetched = len(server.images_asked())
        again = run(url, tmp_path / "out", small_model, **options)

    rows = list(latest_rows(open_store(str(tmp_path / "out"))))
    book = rows[0].scan.key.rpartition("/")[0]
    sources = json.loads((tmp_path / "out" / "sources" / f"{book}.json").read_bytes())
    assert [row.status for row in rows] == ["read", "failed", "read"]
    assert rows[1].error_kind == "not-an-image"
    assert (rows[0].width, rows[0].height) == (1020, 1360)
    assert [row.scan.key for row in rows] == list(sources["pages"])
    assert (fetched, len(server.images_asked())) == (3, 3)
    assert (again["pages"], again["done_before"]) == (0, 3)
