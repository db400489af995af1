"""What a failing run leaves behind holds neither a credential nor what was in a page."""

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import requests
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.logging.formatters import JsonFormatter
from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL

from flows.recognize_archive import recognize_archive
from tasks.object_store import open_store

HIDDEN = {"key": "wJalrXUtnFEMI", "session": "FwoGZXIvYXdzEBYaD", "address": "in-an-address"}
PAGE = b"words-on-a-page"
SECONDS_FOR_LOGS = 60  # Prefect sends them in batches, from a thread


def jpeg() -> bytes:
    image = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


def commented(data: bytes) -> bytes:
    """Put a comment behind a JPEG's first two bytes."""
    return data[:2] + b"\xff\xfe" + (len(PAGE) + 2).to_bytes(2) + PAGE + data[2:]


PAGES = {
    "good.jpg": commented(jpeg()),
    "truncated.jpg": commented(jpeg())[:2000],
    "text.jpg": PAGE * 100,
    "exif.jpg": b"\xff\xd8\xff\xe1\x00\x40Exif\0\0" + PAGE * 100,
    "header.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + PAGE * 100,
    "tags.tif": b"II*\0\x08\0\0\0" + PAGE * 100,
}


@pytest.fixture
def archive(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of such pages, and credentials that nobody may see."""
    store = open_store(f"s3://{s3_bucket}/scans")
    for key, data in PAGES.items():
        store.put(key, data)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", HIDDEN["key"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", HIDDEN["session"])
    return store.location


@pytest.fixture
def no_access(archive: str, moto_server: str) -> Iterator[str]:
    """The server asks who calls, and knows nobody."""
    requests.post(f"{moto_server}/moto-api/reset-auth", data=b"0", timeout=60)
    yield archive
    requests.post(f"{moto_server}/moto-api/reset-auth", data=b"inf", timeout=60)


def run(archive: str, output: Path, model: Path) -> State[Any]:
    return recognize_archive(archive, str(output), model=str(model), return_state=True)


def wait_for_log(state: State[Any], text: str) -> None:
    """Wait until Prefect's server has what the run logged."""
    chosen = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[state.state_details.flow_run_id]))
    end = time.monotonic() + SECONDS_FOR_LOGS
    while time.monotonic() < end:
        with get_client(sync_client=True) as client:
            if any(text in log.message for log in client.read_logs(chosen)):
                return
        time.sleep(0.2)
    pytest.fail(f"no log with {text!r} reached the server")


def kept_by_prefect() -> bytes:
    """Logs, artifacts, parameters, states: all that the server keeps."""
    database = Path(str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).partition(":///")[2])
    files = sorted(database.parent.glob(f"{database.name}*"))
    assert files
    return b"".join(path.read_bytes() for path in files)


def kept_beside_readings(output: Path) -> bytes:
    files = [path for path in output.rglob("*") if path.is_file()]
    parts = [path for path in files if path.suffix == ".parquet"]
    rows = [repr(pq.read_table(part).to_pylist()).encode() for part in parts]
    return b"".join([*rows, *(path.read_bytes() for path in files)])


class Recorder(logging.Handler):
    """Keeps every record; pytest's own handler may be silenced with Dask's while Dask runs."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """What Prefect logs, all of it, and what anybody else warns of."""
    handler, prefect = Recorder(), logging.getLogger("prefect")
    level = prefect.level
    prefect.setLevel(logging.DEBUG)
    for logger in (logging.getLogger(), prefect):
        logger.addHandler(handler)
    yield handler
    for logger in (logging.getLogger(), prefect):
        logger.removeHandler(handler)
    prefect.setLevel(level)


def logged(recorder: Recorder) -> bytes:
    formatter = JsonFormatter("default", None, "%")
    return "\n".join(formatter.format(record) for record in recorder.records).encode()


def assert_nothing_leaked(output: Path, recorder: Recorder) -> None:
    hidden = [PAGE, PAGE.hex().encode(), *(text.encode() for text in HIDDEN.values())]
    for place in (kept_by_prefect(), kept_beside_readings(output), logged(recorder)):
        assert [text for text in hidden if text in place] == []


def test_a_run_that_fails_on_its_pages_tells_their_names_only(
    archive: str, tmp_path: Path, small_model: Path, recorder: Recorder
) -> None:
    state = run(archive, tmp_path / "out", small_model)

    wait_for_log(state, "text.jpg")
    assert state.is_failed()
    assert b"truncated.jpg" in kept_beside_readings(tmp_path / "out")
    assert_nothing_leaked(tmp_path / "out", recorder)


def test_a_run_that_is_refused_tells_how_to_sign_in_only(
    no_access: str, tmp_path: Path, small_model: Path, recorder: Recorder
) -> None:
    state = run(no_access, tmp_path / "out", small_model)

    wait_for_log(state, "AWS_PROFILE")
    assert_nothing_leaked(tmp_path / "out", recorder)


def test_a_password_in_the_endpoints_address_is_never_repeated(
    archive: str,
    tmp_path: Path,
    small_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    recorder: Recorder,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://user:{HIDDEN['address']}@127.0.0.1:1")

    state = run(archive, tmp_path / "out", small_model)

    wait_for_log(state, "AWS_ENDPOINT_URL must be without user name")
    assert_nothing_leaked(tmp_path / "out", recorder)


def test_logs_name_page_and_model_in_fields(
    tmp_path: Path, small_model: Path, recorder: Recorder
) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a\nforged line.jpg").write_bytes(b"no image")

    state = recognize_archive(
        str(folder),
        str(tmp_path / "out"),
        model=str(small_model),
        max_failure_rate=1.0,
        return_state=True,
    )

    digest = state.result()["model"]
    entries = [json.loads(line) for line in logged(recorder).splitlines()]
    page = next(entry for entry in entries if "page_key" in entry)
    batch = next(entry for entry in entries if "characters" in entry)
    assert page["page_key"] == "a\nforged line.jpg"
    assert page["model_digest"] == batch["model_digest"] == digest
    assert page["error_kind"] == "not-an-image"
    assert (batch["pages"], batch["failed"]) == (1, {"not-an-image": 1})
    assert set(batch["seconds"]) == {"fetch", "decode", "wait", "forward", "write"}
    assert "\n" not in next(r.getMessage() for r in recorder.records if hasattr(r, "page_key"))
