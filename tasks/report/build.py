"""Builds the report from an archive's readings and writes it: Prefect tasks."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import task
from prefect.artifacts import create_link_artifact
from prefect.cache_policies import NO_CACHE

from tasks.challenge import read_labels
from tasks.models import read_object
from tasks.object_store import open_store
from tasks.readings import latest_rows
from tasks.report.figures import report_figures
from tasks.report.page import render_report
from tasks.report.pictures import Pictures, take_pictures
from tasks.report.scored_pages import score_pages
from tasks.scoring import choose_model

SUFFIX = ".html"


class ReportLocationError(ValueError):
    """The report cannot have this name."""


@task(name="write-report", cache_policy=NO_CACHE)
def write_report(
    output: str, labels: str, to: str, archive: str | None = None, model: str | None = None
) -> dict[str, Any]:
    """Compare the current readings with labels; write the report and its numbers as JSON.

    Args:
        output: location of the readings.
        labels: file or object in the challenge's format.
        to: file or object to write, ``….html``; the numbers lie beside it as ``….json``.
        archive: location of the scans that were read; without it the report has no pictures.
        model: digest, or its first digits, of the model whose readings count.

    Returns:
        The numbers.

    Raises:
        ReportLocationError: if ``to`` does not end in ``.html``.
        NoReadingsError: if there is nothing to score.
        SeveralModelsError: if the readings are of several models and ``model`` is None.
        ChallengeFormatError: if the labels do not have the challenge's format.
        StoreError: if a location does not exist or refuses.
    """
    folder, name = split_report_location(to)
    truth = read_labels(read_object(labels))
    store = open_store(output)
    scans = open_store(archive) if archive else None
    digest = choose_model(store, model)
    rows = list(latest_rows(store, digest))
    pages = {page.image_id: page for page in score_pages(truth, rows)}
    figures = report_figures(list(pages.values()), rows)
    figures["about"] = {
        "readings": output,
        "labels": labels,
        "scans": archive,
        "model": digest,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    pictures = take_pictures(scans, pages, figures) if scans else Pictures()
    html = render_report(figures, pages, pictures)
    numbers = json.dumps(figures, ensure_ascii=False, indent=2)
    target = open_store(folder, create=True)
    target.put(f"{name}{SUFFIX}", html.encode())
    target.put(f"{name}.json", numbers.encode())
    return figures


@task(name="publish-report", cache_policy=NO_CACHE)
def publish_report(to: str, figures: dict[str, Any]) -> None:
    """Link the report on Prefect's page of artifacts."""
    link = to if "://" in to else Path(to).absolute().as_uri()
    overall = figures["overall"]
    create_link_artifact(
        link,
        link_text="Evaluation report",
        key="report",
        description=f"F1 {overall['f1']:.4f} on {overall['pages']:,} labelled pages",
    )


def split_report_location(to: str) -> tuple[str, str]:
    """Split where a report goes into its folder and its name without ``.html``.

    Raises:
        ReportLocationError: if it does not end in ``.html``.
    """
    folder, _, name = to.rpartition("/")
    stem = name.removesuffix(SUFFIX)
    if stem in {"", name}:
        raise ReportLocationError(
            f"the report must be written to a file or object that ends in {SUFFIX}, got {to!r}"
        )
    return folder or ("/" if to.startswith("/") else "."), stem
