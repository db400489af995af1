"""Book-wise cross-validation of training on aligned pages, and a calibration from it.

KUZUSHIJI_DATA=DIR python benchmarks/cross_validation.py --work WORK --aligned LABELS --model M \
    --fonts FOLDER [--fonts FOLDER] [--hold-out-font NAME]

LABELS: what an alignment assigned to the pages of `text_train` (`round-N/labels` of an adaptation).
M should have seen no real page. For each share of real crops and each half of the books a training
begins with M and learns from the other half; its model reads the half that it has not seen, and
`text_dev`. What the last share's models detect on all books, each on those that it does not know,
calibrates, together with what MODEL detects on `text_dev`: `--calibrate MODEL` writes it to
WORK/calibrated with that in its card.
Interrupted at any moment, it goes on.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from measuring import error_rate, page_of, transcribed_scans
from prefect import flow

from flows.train_detector import train_detector
from model.artifact import pack_artifact
from model.calibration import CARD, Calibration
from model.calibration_evidence import JudgedDetections
from model.calibration_fit import confidence_of, error_of, fit_calibration
from model.reader import PageReader
from tasks.label_sources.aligned import AlignedPage, read_aligned_pages, write_aligned
from tasks.label_sources.book_split import work_of
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.page_alignment import TranscribedPages, open_reader, open_transcribed
from tasks.reader_calibration import (
    PLOT,
    CalibrationPages,
    draw_reliability,
    judge_pages,
    measured,
)
from tasks.training_material import LabelledSource
from tasks.training_run import ARTIFACT

SHARES = (0.2, 0.5, 0.8)  # of real crops
SOUGHT_SIZE = 33.0  # pixels: that of the built-in model, which learnt from real pages too
STEPS, RATE, CROP = 1000, 1e-3, 384
# Halves with about as many characters: these books in one, the others in the other.
HALF = frozenset({"200015843", "200020019"})


def main() -> None:
    """Train and read what is missing, print the table, and fit the calibration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--aligned", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--fonts", action="append", default=[])
    parser.add_argument("--hold-out-font", action="append", default=[])
    parser.add_argument("--share", type=float, action="append", default=[])
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--calibrate", help="a model that gets the last share's calibration")
    chosen = parser.parse_args()
    halves = split_labels(chosen.aligned, chosen.work)
    for number, half in enumerate(halves):
        tell(0.0, number, chosen.model, half)
    for share in chosen.share or SHARES:
        models = []
        for number, half in enumerate(halves):
            models.append(trained(chosen, share, number))
            tell(share, number, models[-1], half)
    if chosen.calibrate:
        calibrate(chosen.calibrate, models, halves, chosen.work / "calibrated")


def tell(share: float, number: int, model: str, half: Sequence[AlignedPage]) -> None:
    """Print the character error rates of a model that does not know a half of the books."""
    rates = {
        "half": error_rate_of(model, pages_of(half)),
        "text_dev": error_rate_of(model, transcribed_scans("text_dev")),
    }
    print(json.dumps({"share": share, "without half": number, **rates}), flush=True)


def split_labels(aligned: Path, work: Path) -> list[list[AlignedPage]]:
    """Write each half's labels below ``work``; returns the halves."""
    store = open_store(str(aligned))
    archive = json.loads(store.get("configuration.json"))["archive"]
    pages = [page for page in read_aligned_pages(store) if page.characters]
    halves = [
        [page for page in pages if (book_of(page) in HALF) is first] for first in (True, False)
    ]
    for number, half in enumerate(halves):
        write_aligned(open_store(str(work / f"labels-{number}"), create=True), archive, half, {})
    return halves


def book_of(page: AlignedPage) -> str:
    """Name a page's book: the pages of all books lie in one folder."""
    return work_of(Path(page.page).name)


def trained(chosen: argparse.Namespace, share: float, half: int) -> str:
    """Train on the other half of the books, or go on with it; returns the model's location."""
    data = Path(os.environ["KUZUSHIJI_DATA"])
    output = chosen.work / f"real-{share}-without-{half}"
    train_detector(
        output=str(output),
        sources=[LabelledSource("aligned", str(chosen.work / f"labels-{1 - half}"))],
        fold=None,
        start=chosen.model,
        steps=chosen.steps,
        learning_rate=RATE,
        crop_size=CROP,
        synthetic_share=1 - share,
        fonts=chosen.fonts or None,
        hold_out_fonts=chosen.hold_out_font or None,
        text=str(data / "columns.txt"),
        characters=str(data / "codh_char_counts.csv"),
        kmnist=str(data / "kmnist"),
        seed=1,
        device="cpu",
    )
    return str(output / "model.safetensors")


def error_rate_of(model: str, scans: Sequence[tuple[bytes, str]]) -> float:
    """Character error rate of a model, without context."""
    return error_rate(reader_of(model), [(page_of(data), text) for data, text in scans])


def reader_of(model: str) -> PageReader:
    """Open a model with the scale that suits those that learnt from real pages."""
    reader = open_reader(load_model(model).artifact, "cpu")
    reader.finder.sought_size = SOUGHT_SIZE
    return reader


def pages_of(half: Sequence[AlignedPage]) -> list[tuple[bytes, str]]:
    """The scans of some books with their texts."""
    pages = transcriptions_of(half)
    return [(pages.store.get(scan.key), text.text) for scan, text in pages.pages if text]


def transcriptions_of(half: Sequence[AlignedPage]) -> TranscribedPages:
    """Scans and texts of some books of `text_train`."""
    folder = f"{os.environ['KUZUSHIJI_DATA']}/text_train"
    names = {Path(page.page).name for page in half}
    return open_transcribed(folder, folder).where(lambda key: Path(key).name in names)


@flow(name="calibrate-across-books")
def calibrate(
    model: str, models: Sequence[str], halves: Sequence[Sequence[AlignedPage]], output: Path
) -> None:
    """Fit a calibration on what each model made of the books that it does not know."""
    folder = f"{os.environ['KUZUSHIJI_DATA']}/text_dev"
    unknown = [
        *zip(models, map(transcriptions_of, halves), strict=True),
        (model, open_transcribed(folder, folder)),
    ]
    judged = [
        judge_pages(reader_of(name), CalibrationPages([], pages))[0] for name, pages in unknown
    ]
    evidence = joined(judged)
    fitted = fit_calibration(evidence)
    figures = {**fitted.calibration.to_dict(), **measured(fitted, evidence)}
    loaded = load_model(model)
    card = {**loaded.artifact.card, CARD: figures, "calibrated_from": loaded.digest}
    store = open_store(str(output), create=True)
    store.put(PLOT, draw_reliability(fitted, evidence))
    store.put(ARTIFACT, pack_artifact(replace(loaded.artifact, card=card)))
    print(json.dumps(figures, indent=1))
    former = Calibration.of_card(loaded.artifact.card)
    for name, calibration in (("former", former), ("new", fitted.calibration)):
        if calibration is not None:
            errors = [error_of(confidence_of(calibration, it), it.right_N) for it in judged]
            print(name, "calibration's error on half 0, half 1, text_dev:", errors)


def joined(parts: Sequence[JudgedDetections]) -> JudgedDetections:
    """Put the pages of several models together; each page stays a group."""
    groups = [len(part.truths_G) for part in parts]
    starts = np.cumsum([0, *groups[:-1]])
    return JudgedDetections(
        np.concatenate([part.group_N + start for part, start in zip(parts, starts, strict=True)]),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("presence_N", "best_NT", "truth_NT", "right_N", "truths_G")
        ),
        undecided=sum(part.undecided for part in parts),
    )


if __name__ == "__main__":
    main()
