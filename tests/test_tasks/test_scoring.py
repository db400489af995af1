"""Which readings are scored against which labels."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from model.characters import PageReading
from tasks.challenge import ChallengeFormatError
from tasks.object_store import ObjectStore, open_store
from tasks.page_row import PageRow, PageTimings
from tasks.readings import NoReadingsError, write_part
from tasks.scans import Scan
from tasks.scoring import SeveralModelsError, score_archive

NO = 0x306E
FIRST, SECOND = "1" * 64, "2" * 64
LABELS = b"image_id,labels\np_1,U+306E 10 10 20 20\n"

score = score_archive.fn  # the function behind the task: no server is needed to call it


def add_reading(store: ObjectStore, digest: str, codepoint: int) -> None:
    """Leave one character on page p_1, as a run with that model would."""
    reading = PageReading(
        np.array([[10, 10, 20, 20]], np.float32),
        np.ones(1, np.float32),
        np.array([[codepoint]], np.int32),
        np.ones((1, 1), np.float32),
    )
    write_part(
        store,
        [
            PageRow(
                scan=Scan("book/p_1.jpg", 1, "etag"),
                width=40,
                height=40,
                model_digest=digest,
                reading=reading,
                error_kind=None,
                error_message=None,
                timings=PageTimings(),
                read_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        ],
    )
    store.put(f"models/{digest[:12]}/model_card.json", json.dumps({"digest": digest}).encode())


@pytest.fixture
def labels(tmp_path: Path) -> str:
    path = tmp_path / "labels.csv"
    path.write_bytes(LABELS)
    return str(path)


@pytest.fixture
def output(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path / "output"), create=True)


def test_the_only_model_s_readings_are_scored(output: ObjectStore, labels: str) -> None:
    add_reading(output, FIRST, NO)

    evaluation = score(output.location, labels)

    assert evaluation["overall"]["characters"]["f1"] == 1


@pytest.mark.parametrize(
    ("model", "f1"), [(FIRST, 1), (SECOND, 0), (FIRST[:8], 1), (SECOND[:20], 0)]
)
def test_of_several_models_the_one_named_is_scored(
    output: ObjectStore, labels: str, model: str, f1: float
) -> None:
    add_reading(output, FIRST, NO)
    add_reading(output, SECOND, NO + 1)

    evaluation = score(output.location, labels, model)

    assert evaluation["overall"]["characters"]["f1"] == f1


def test_several_models_and_no_choice_is_an_error_that_names_them(
    output: ObjectStore, labels: str
) -> None:
    add_reading(output, FIRST, NO)
    add_reading(output, SECOND, NO)

    with pytest.raises(SeveralModelsError, match=f"{FIRST[:12]}, {SECOND[:12]}; name one"):
        score(output.location, labels)


def test_a_model_that_read_nothing_is_an_error(output: ObjectStore, labels: str) -> None:
    add_reading(output, FIRST, NO)

    with pytest.raises(NoReadingsError, match=f"no readings of model {SECOND}"):
        score(output.location, labels, SECOND)


def test_missing_labels_are_an_error_that_names_them(output: ObjectStore) -> None:
    add_reading(output, FIRST, NO)

    with pytest.raises(FileNotFoundError, match=r"no file or object .*nowhere\.csv"):
        score(output.location, f"{output.location}/nowhere.csv")


def test_labels_of_another_format_are_refused(output: ObjectStore, tmp_path: Path) -> None:
    add_reading(output, FIRST, NO)
    (tmp_path / "labels.csv").write_bytes(b"page;text\n")

    with pytest.raises(ChallengeFormatError, match="first line must be image_id,labels"):
        score(output.location, str(tmp_path / "labels.csv"))


def test_readings_and_labels_may_lie_in_a_bucket(s3_bucket: str) -> None:
    store = open_store(f"s3://{s3_bucket}/output")
    add_reading(store, FIRST, NO)
    open_store(f"s3://{s3_bucket}").put("labels.csv", LABELS)

    evaluation = score(store.location, f"s3://{s3_bucket}/labels.csv")

    assert evaluation["overall"]["characters"]["f1"] == 1
