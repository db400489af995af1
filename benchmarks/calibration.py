"""Compares ways to turn presence and class probabilities into confidences, on books left out.

KUZUSHIJI_DATA=DIR python benchmarks/calibration.py --work WORK --fonts /usr/share/fonts \
    --hold-out-font "Aoyagi Kouzan T"

Pages: 16 of four books rendered in a font that the model was not trained on; and the 32 of
`text_train`, aligned with their transcriptions by the model. Groups are books. What was detected is
kept in WORK.
"""

import argparse
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
from prefect import flow

from model.calibration import logit
from model.calibration_evidence import TEMPERATURES, JudgedDetections
from model.calibration_fit import (
    FOLDS,
    FittedCalibration,
    Reals,
    error_of,
    fit_calibration,
    fit_logistic,
    fit_weights,
)
from tasks.models import load_model
from tasks.page_alignment import open_reader, open_transcribed
from tasks.reader_calibration import CalibrationPages, judge_pages
from tasks.synthetic_pages import render_pages
from tasks.training_material import LabelledSource

BOOKS, PAGES, SEED = ("b1", "b2", "b3", "b4"), 4, 77

Features = Callable[[Reals, Reals], Reals]
ONE_BY_ONE: Mapping[str, Features] = {
    "logarithms, one weight": lambda presence, best: np.log(presence * best)[:, None],
    "logarithms, two weights": lambda presence, best: np.log(np.stack([presence, best], 1)),
    "logits, one weight": lambda presence, best: logit(presence * best)[:, None],
    "logits, two weights": lambda presence, best: np.stack([logit(presence), logit(best)], 1),
}


def main() -> None:
    """Read what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--hold-out-font", action="append", default=[])
    chosen = parser.parse_args()
    data = Path(os.environ["KUZUSHIJI_DATA"])
    for name, pages in (
        ("rendered", lambda: rendered(chosen.work, data, chosen.fonts, chosen.hold_out_font)),
        ("real", lambda: transcribed(data)),
    ):
        judged = kept(chosen.work / f"{name}.pickle", pages)
        print(f"\n{name}: {len(judged)} detections, {judged.right_N.mean():.3f} right, ", end="")
        print(f"{judged.undecided} left open, {judged.truths_G.sum()} characters\n")
        print("| confidence | error | mean of groups | worst group | log loss |")
        print("|---|---|---|---|---|")
        for method, confidence_N in confidences(judged).items():
            print(row(method, confidence_N, judged))
        print_thresholds(judged, fit_calibration(judged))


def kept(file: Path, pages: Callable[[], CalibrationPages]) -> JudgedDetections:
    """Load what an earlier run judged, or judge it."""
    if not file.exists():
        reader = open_reader(load_model().artifact, "auto")
        judge = flow(judge_pages, name="judge-pages", validate_parameters=False)
        judged, _ = judge(reader, pages())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps({f.name: getattr(judged, f.name) for f in fields(judged)}))
    return JudgedDetections(**pickle.loads(file.read_bytes()))  # noqa: S301 - written above


def rendered(work: Path, data: Path, fonts: list[Path], held_out: list[str]) -> CalibrationPages:
    """Render pages in the held-out font, laid out as the challenge's."""
    folder = work / "rendered"
    if not (folder / "train.csv").exists():
        text = data / "columns.txt"
        render_pages(folder, PAGES, fonts=fonts, only=held_out, text=text, books=BOOKS, seed=SEED)
        (folder / "archive").rename(folder / "images")
        (folder / "labels.csv").rename(folder / "train.csv")
    return CalibrationPages([LabelledSource("kaggle", str(folder))])


def transcribed(data: Path) -> CalibrationPages:
    """The real pages."""
    folder = data / "text_train"
    return CalibrationPages([], open_transcribed(str(folder / "images"), str(folder)))


def confidences(judged: JudgedDetections) -> dict[str, Reals]:
    """Confidences of every method, each group's fitted without its fold."""
    found = {"presence x class": at_temperature(judged, 1.0)}
    for method in ("temperature alone", *ONE_BY_ONE):
        found[method] = np.zeros(len(judged))
    folds = np.arange(len(judged.truths_G)) % FOLDS
    for fold in np.unique(folds):
        others = judged.where(folds != fold)
        left_out = (folds == fold)[judged.group_N]
        temperature = fit_weights(others).temperature
        found["temperature alone"][left_out] = at_temperature(judged, temperature)[left_out]
        for method, features in ONE_BY_ONE.items():
            weights = fit_logistic(design(others, temperature, features), others.right_N)
            weighed = design(judged, temperature, features)[left_out] @ weights
            found[method][left_out] = 1 / (1 + np.exp(-weighed))
    return found


def design(judged: JudgedDetections, temperature: float, features: Features) -> Reals:
    """Features and a constant."""
    best = np.exp(judged.best_NT[:, nearest(temperature)].astype(float))
    columns = features(judged.presence_N.astype(float), best)
    return np.hstack([columns, np.ones((len(judged), 1))])


def at_temperature(judged: JudgedDetections, temperature: float) -> Reals:
    """Presence times class probability."""
    return judged.presence_N * np.exp(judged.best_NT[:, nearest(temperature)].astype(float))


def nearest(temperature: float) -> int:
    """Index of a temperature."""
    return int(np.abs(TEMPERATURES - temperature).argmin())


def row(method: str, confidence_N: Reals, judged: JudgedDetections) -> str:
    """Errors over all, over groups, and the logarithmic loss."""
    single = confidence_N.astype(np.float32)
    groups = [judged.group_N == g for g in range(len(judged.truths_G))]
    errors = [error_of(single[of], judged.right_N[of]) for of in groups if of.any()]
    safe_N = np.clip(confidence_N, 1e-6, 1 - 1e-6)
    loss = -np.where(judged.right_N, np.log(safe_N), np.log1p(-safe_N)).mean()
    overall = error_of(single, judged.right_N)
    return f"| {method} | {overall:.3f} | {np.mean(errors):.3f} | {max(errors):.3f} | {loss:.3f} |"


def print_thresholds(judged: JudgedDetections, fitted: FittedCalibration) -> None:
    """What is reported with and without calibration."""
    truths = int(judged.truths_G.sum())
    placed_N = np.isfinite(judged.truth_NT[:, 0])
    print(f"\nmean presence where there is a character: {judged.presence_N[placed_N].mean():.3f}")
    print("\n| reported | F1 | detection F1 | calibration error |\n|---|---|---|---|")
    for name, kept_N, confidence_N in (
        ("presence > 0.35", judged.presence_N > 0.35, fitted.uncalibrated_N),  # noqa: PLR2004
        (
            f"confidence >= {fitted.calibration.threshold:.3f}",
            fitted.confidence_N >= fitted.calibration.threshold,
            fitted.confidence_N,
        ),
    ):
        right, placed = (
            2 * of_N[kept_N].sum() / (kept_N.sum() + truths) for of_N in (judged.right_N, placed_N)
        )
        error = error_of(confidence_N[kept_N], judged.right_N[kept_N])
        print(f"| {name} | {right:.3f} | {placed:.3f} | {error:.3f} |")
    print(f"\n{fitted.calibration}, recall at the strict threshold {fitted.strict_recall:.3f}")


if __name__ == "__main__":
    main()
