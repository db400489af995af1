"""The demo archive from scans to F1, with the built-in model."""

import json
from pathlib import Path

import pytest

from flows.evaluate_archive import evaluate_archive
from flows.recognize_archive import recognize_archive

DEMO = Path(__file__).parents[2] / "demo"


def test_the_demo_archive_is_read_and_scored(tmp_path: Path) -> None:
    output = str(tmp_path)

    state = recognize_archive(
        str(DEMO / "archive"), output, max_failure_rate=0.25, return_state=True
    )
    sure = evaluate_archive(output, str(DEMO / "labels.csv"), least_score=0.98)
    evaluation = evaluate_archive(output, str(DEMO / "labels.csv"))

    summary = state.result()
    assert (summary["pages"], sum(summary["failed"].values())) == (14, 2)
    assert evaluation["pages_scored"] == 12
    assert sorted(evaluation["books"]) == ["hojoki", "ise", "makura"]
    assert evaluation["overall"]["characters"]["f1"] > 0.5
    counts, of_sure = evaluation["overall"]["characters"], sure["overall"]["characters"]
    assert of_sure["precision"] > counts["precision"]
    assert 0 < of_sure["recall"] < counts["recall"]
    assert json.loads((tmp_path / "evaluation.json").read_text()) == evaluation


def test_scoring_before_reading_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run kuzushiji recognize first"):
        evaluate_archive(str(tmp_path), str(DEMO / "labels.csv"))
