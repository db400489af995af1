"""The report from the command line and as a flow."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from typer.testing import CliRunner

from flows.cli import app
from flows.report_archive import report_archive
from model.characters import PageReading
from tasks.object_store import open_store
from tasks.page_row import PageRow, PageTimings
from tasks.readings import write_part
from tasks.scans import Scan

DIGEST = "1" * 64
LABELS = "image_id,labels\np_1,U+306E 10 10 20 20\np_2,U+306E 10 10 20 20\n"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Readings of one page and the labels of two."""
    reading = PageReading(
        np.array([[10, 10, 20, 20]], np.float32),
        np.ones(1, np.float32),
        np.array([[0x306E]], np.int32),
        np.ones((1, 1), np.float32),
    )
    row = PageRow(
        scan=Scan("p_1.jpg", 1, "etag"),
        width=40,
        height=40,
        model_digest=DIGEST,
        reading=reading,
        error_kind=None,
        error_message=None,
        timings=PageTimings(),
        read_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    store = open_store(str(tmp_path))
    write_part(store, [row])
    store.put(f"models/{DIGEST[:12]}/model_card.json", json.dumps({"digest": DIGEST}).encode())
    (tmp_path / "labels.csv").write_text(LABELS)
    return tmp_path


def test_the_report_is_written_and_linked(output: Path) -> None:
    report = output / "report.html"

    figures = report_archive(str(output), str(output / "labels.csv"), str(report))

    assert "<h1>Evaluation report</h1>" in report.read_text()
    assert json.loads((output / "report.json").read_text()) == figures
    with get_client(sync_client=True) as client:
        of_reports = ArtifactFilter(key=ArtifactFilterKey(any_=["report"]))
        artifacts = client.read_artifacts(artifact_filter=of_reports)
    assert any(report.as_uri() in str(artifact.data) for artifact in artifacts)


def test_the_command_tells_the_score_and_where_the_report_lies(output: Path) -> None:
    report = str(output / "report.html")

    result = CliRunner().invoke(
        app, ["report", str(output), "--labels", str(output / "labels.csv"), "--to", report]
    )

    assert result.exit_code == 0
    assert "F1 0.6667 (95 % interval 0.0000 to 1.0000) on 2 labelled pages" in result.output
    assert report in result.output


@pytest.mark.parametrize(
    ("name", "location", "sentence"),
    [
        ("--to", "report.pdf", "ends in .html"),
        ("--archive", "/no/such/archive", "/no/such/archive"),
        ("--labels", "/no/labels.csv", "no file or object /no/labels.csv"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    output: Path, name: str, location: str, sentence: str
) -> None:
    options = {
        "--labels": str(output / "labels.csv"),
        "--to": str(output / "report.html"),
        name: location,
    }

    result = CliRunner().invoke(
        app, ["report", str(output), *[word for option in options.items() for word in option]]
    )

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
