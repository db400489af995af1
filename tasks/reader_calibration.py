"""Calibrates a model on held-out pages, with boxes or with transcriptions: a Prefect task."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from model.alignment import align_page
from model.artifact import pack_artifact
from model.calibration import CARD
from model.calibration_evidence import JudgedDetections, join_judged, judge_detections
from model.calibration_fit import FittedCalibration, error_of, fit_calibration
from model.characters import Labels
from model.page import Page
from model.reader import PageReader
from model.reliability import ConfidenceBin, expected_calibration_error, reliability
from tasks.label_sources import open_labels
from tasks.label_sources.book_split import work_of
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.page_alignment import TranscribedPages, fetch_transcribed, open_reader
from tasks.readable_pages import readable_pages
from tasks.training_material import LabelledSource
from tasks.training_run import ARTIFACT

PLOT, FIGURES = "reliability.png", "calibration.json"

TruePage = tuple[str, Page, Labels]  # its book; pixels; what is known of it


@dataclass(frozen=True, slots=True)
class CalibrationPages:
    """Pages that the model was not trained on.

    Attributes:
        labelled: pages with boxes.
        transcribed: pages with texts; None if there are none.
    """

    labelled: Sequence[LabelledSource]
    transcribed: TranscribedPages | None = None


@task(name="calibrate-reader", cache_policy=NO_CACHE)
def calibrate_reader(
    model: str, pages: CalibrationPages, output: str, *, device: str = "auto"
) -> dict[str, Any]:
    """Write the model anew with a calibration in its card, its figures and its reliability plot.

    Pages that it was trained on would make it look surer than it may be.

    Args:
        model: see `tasks.models`.
        pages: of two books, or at least two pages of one.
        output: folder or s3://bucket/prefix for ``model.safetensors``, ``calibration.json`` and
            ``reliability.png``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Returns:
        The figures.

    Raises:
        ValueError: if the pages do not suffice, or do not fit the reader.
    """
    store = open_store(output, create=True)
    loaded = load_model(model)
    reader = open_reader(loaded.artifact, device)
    judged, counted = judge_pages(reader, pages)
    fitted = fit_calibration(judged)
    figures = {**fitted.calibration.to_dict(), **measured(fitted, judged), **counted}
    card = {**loaded.artifact.card, CARD: figures, "calibrated_from": loaded.digest}
    data = pack_artifact(replace(loaded.artifact, card=card))
    store.put(PLOT, draw_reliability(fitted, judged))
    store.put(FIGURES, json.dumps(figures, indent=1).encode())
    store.put(ARTIFACT, data)
    return figures


def judge_pages(
    reader: PageReader, pages: CalibrationPages
) -> tuple[JudgedDetections, dict[str, int]]:
    """Judge all pages, grouped by book, or each for itself if there is but one book.

    Args:
        reader: with the model.
        pages: with boxes or texts.

    Returns:
        What the reader detected, and the numbers of ``pages`` and ``books``.

    Raises:
        ValueError: if no page can be read.
    """
    books, judged = [], []
    for book, page, labels in _true_pages(reader, pages):
        books.append(book)
        judged.append(judge_detections(reader.detect_as_read(page), labels, reader.characters))
    if not judged:
        raise ValueError("none of the pages could be read; name others with --labels or --pages")
    names = sorted(set(books))
    groups = [names.index(book) for book in books] if len(names) > 1 else range(len(books))
    return join_judged(judged, list(groups)), {"pages": len(books), "books": len(names)}


def _true_pages(reader: PageReader, pages: CalibrationPages) -> Iterator[TruePage]:
    for source in pages.labelled:
        archive = open_labels(source.kind, source.root)
        for scan, labels, page in readable_pages(archive.store, archive.pages):
            yield work_of(scan.key), page, labels
    if pages.transcribed is not None:
        for scan, text, page in fetch_transcribed(pages.transcribed):
            if text is not None:
                yield work_of(scan.key), page, align_page(reader, page, text).labels


def measured(fitted: FittedCalibration, judged: JudgedDetections) -> dict[str, Any]:
    """Figures on books left out; ``ece`` is that at or above the threshold."""
    return {
        "ece": expected_calibration_error(fitted.above_threshold(judged)),
        "ece_all": error_of(fitted.confidence_N, judged.right_N),
        "ece_uncalibrated": error_of(fitted.uncalibrated_N, judged.right_N),
        "f1": fitted.f1,
        "precision": fitted.precision,
        "strict_recall": fitted.strict_recall,
        "detections": len(judged),
        "undecided": judged.undecided,
        "characters": int(judged.truths_G.sum()),
    }


def draw_reliability(fitted: FittedCalibration, judged: JudgedDetections) -> bytes:
    """Draw how often readings of a confidence are right, before and after, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.5), layout="constrained")
    panels = (("before", fitted.uncalibrated_N), ("after", fitted.confidence_N))
    for axes, (title, confidence_N) in zip(figure.subplots(1, 2), panels, strict=True):
        bins = reliability(confidence_N, judged.right_N)
        _draw_bins(axes, bins)
        axes.set_title(
            f"{title} calibration: error {expected_calibration_error(bins):.3f}", loc="left"
        )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90)
    return buffer.getvalue()


def _draw_bins(axes: Any, bins: Sequence[ConfidenceBin]) -> None:  # noqa: ANN401 - matplotlib's Axes, imported where it is drawn
    filled = [one for one in bins if one.count]
    sizes = 300 * np.sqrt([one.count for one in filled]) / np.sqrt(sum(b.count for b in bins))
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--")
    axes.plot([b.confidence for b in filled], [b.accuracy for b in filled], color="C0")
    axes.scatter([b.confidence for b in filled], [b.accuracy for b in filled], sizes, color="C0")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that is right")
    axes.grid(alpha=0.3)
