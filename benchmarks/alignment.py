"""Measures the alignment of pages with their transcriptions.

KUZUSHIJI_DATA=... python benchmarks/alignment.py [simulated] [rendered] [text_train] [time]
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from model.alignment import Alignment, PageAlignment, Verdict, align, align_page
from model.alignment.simulation import Quality, corrupt_text, simulate_detections
from model.character_set import CharacterSet
from model.characters import Labels
from model.detections import Detections
from model.layout import IndexArray
from model.page import Page
from model.reader import PageReader
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.render import render_page
from tasks.fonts import SYSTEM_FOLDER, load_fonts
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.page_alignment import open_reader
from tasks.page_image import decode_page
from tasks.scans import list_scans
from tasks.transcriptions import join_transcriptions, read_transcriptions

PAGES = 16
SEED = 20261125  # not the pages on which the constants were chosen
HEIGHT, WIDTH = 1360, 960
ACCURACIES = (0.9, 0.6, 0.35)
TEXT_ERRORS = (0.0, 0.05, 0.15)
EXCHANGED = (0.0, 0.4)  # share of boxes that get another box' names: a worse reader


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the text's characters and of the boxes, to be added up.

    Attributes:
        text: characters of the text.
        findable: those whose true character was detected.
        assigned: those that got a box.
        claimed: sum of their posteriors.
        right: those that got the box of their true character.
        labelled: boxes accepted or relabelled.
        labelled_right: those labelled with their true character.
        false: boxes that are no character of the text.
        false_rejected: those rejected.
        detected: true characters that have a box.
        lost: those all of whose boxes were rejected.
    """

    text: int = 0
    findable: int = 0
    assigned: int = 0
    claimed: float = 0.0
    right: int = 0
    labelled: int = 0
    labelled_right: int = 0
    false: int = 0
    false_rejected: int = 0
    detected: int = 0
    lost: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))

    def __str__(self) -> str:
        return (
            f"{self.claimed / self.assigned:.3f} | {self.right / self.assigned:.3f} | "
            f"{self.right / self.findable:.3f} | "
            f"{self.labelled_right / self.labelled:.3f} | "
            f"{self.false_rejected / max(1, self.false):.2f} of {self.false} | "
            f"{self.lost / self.detected:.4f} |"
        )


def main(parts: list[str]) -> None:
    """Print the measurements that were asked for, all by default."""
    measurements = {
        "simulated": measure_simulated,
        "rendered": measure_rendered,
        "text_train": measure_text_train,
        "time": measure_time,
    }
    for name in parts or measurements:
        print(f"\n{name}")
        measurements[name]()


def compare(
    alignment: Alignment, truth: Labels, truth_M: IndexArray, source_T: IndexArray
) -> Counts:
    """Compare with what is known of the boxes (truth_M) and of the text (source_T)."""
    box_T, verdict_M = alignment.box_T, alignment.verdict_N
    named_M, rejected_M = verdict_M <= Verdict.relabelled, verdict_M == Verdict.rejected
    named_right_M = named_M & (truth_M >= 0)
    named_right_M &= alignment.codepoint_N == truth.codepoints_N[truth_M]
    seen = np.unique(truth_M[truth_M >= 0])
    kept = np.unique(truth_M[(truth_M >= 0) & ~rejected_M])
    return Counts(
        text=len(box_T),
        findable=int(np.isin(source_T, seen).sum()),
        assigned=int((box_T >= 0).sum()),
        claimed=float(alignment.confidence_T[box_T >= 0].sum()),
        right=int(((box_T >= 0) & (source_T >= 0) & (truth_M[box_T] == source_T)).sum()),
        labelled=int(named_M.sum()),
        labelled_right=int(named_right_M.sum()),
        false=int((truth_M < 0).sum()),
        false_rejected=int((rejected_M & (truth_M < 0)).sum()),
        detected=len(seen),
        lost=len(seen) - len(kept),
    )


def rendered_pages() -> Iterator[tuple[np.random.Generator, Page, Labels]]:
    """Pages with their true characters, and a source of chance for each."""
    corpus = Corpus(DEFAULT_TEXT)
    atlas = build_atlas(load_fonts([SYSTEM_FOLDER]), [int(c) for c in corpus.codepoints_C])
    for n in range(PAGES):
        rng = np.random.default_rng([SEED, n])
        page = render_page(atlas, corpus, rng, HEIGHT, WIDTH, float(rng.uniform(26, 44)))
        yield rng, Page(page.image_HW3, WIDTH, HEIGHT), page.labels


def measure_simulated() -> None:
    """True boxes of rendered pages, detected, named and transcribed with simulated errors."""
    characters = CharacterSet.of(map(int, Corpus(DEFAULT_TEXT).codepoints_C))
    totals = {(accuracy, errors): Counts() for accuracy in ACCURACIES for errors in TEXT_ERRORS}
    for rng, _, truth in rendered_pages():
        for accuracy, errors in totals:
            quality = Quality(accuracy=accuracy)
            detections, truth_M = simulate_detections(truth, characters, quality, rng)
            codepoints_T, source_T = corrupt_text(truth.codepoints_N, errors, rng)
            alignment = align(detections, codepoints_T, characters)
            totals[accuracy, errors] += compare(alignment, truth, truth_M, source_T)
    for (accuracy, errors), counts in totals.items():
        print(f"| {accuracy} | {errors} | {counts}")


def measure_rendered() -> None:
    """Rendered pages as the built-in model sees them, at the scale that the alignment chooses."""
    reader = open_reader(load_model().artifact, "auto")
    totals = {(share, errors): Counts() for share in EXCHANGED for errors in TEXT_ERRORS}
    named = dict.fromkeys(EXCHANGED, np.zeros(2, np.int64))
    for rng, page, truth in rendered_pages():
        text = "".join(map(chr, truth.codepoints_N.tolist()))
        aligned = align_page(reader, page, text)
        truth_M = boxes_truth(aligned, truth)
        for share, errors in totals:
            detections = exchange_names(aligned.detections, share, rng)
            codepoints_T, source_T = corrupt_text(truth.codepoints_N, errors, rng)
            alignment = align(detections, codepoints_T, reader.characters)
            totals[share, errors] += compare(alignment, truth, truth_M, source_T)
            named[share] = named[share] + count_named(reader, detections, truth, truth_M)
    for (share, errors), counts in totals.items():
        right, detected = named[share]
        print(f"| {right / detected:.2f} | {errors} | {counts}")


def boxes_truth(aligned: PageAlignment, truth: Labels) -> IndexArray:
    """The true character in whose box each detection has its centre, the nearest; -1 for none."""
    boxes_M4, boxes_N4 = aligned.detections.boxes_N4, truth.boxes_N4
    from_center_MN2 = np.abs(
        (boxes_M4[:, :2] + boxes_M4[:, 2:] / 2)[:, None] - boxes_N4[:, :2] - boxes_N4[:, 2:] / 2
    )
    inside_MN = (from_center_MN2 < boxes_N4[:, 2:] / 2).all(2)
    nearest_M = np.where(inside_MN, from_center_MN2.sum(2), np.inf).argmin(1)
    return np.where(inside_MN.any(1), nearest_M, -1)


def exchange_names(detections: Detections, share: float, rng: np.random.Generator) -> Detections:
    """Give some boxes the probabilities of others."""
    from_N = np.arange(len(detections))
    exchanged_N = rng.random(len(from_N)) < share
    from_N[exchanged_N] = rng.permutation(len(from_N))[exchanged_N]
    return Detections(
        detections.boxes_N4, detections.presence_N, detections.log_probabilities_NC[from_N]
    )


def count_named(
    reader: PageReader, detections: Detections, truth: Labels, truth_M: IndexArray
) -> IndexArray:
    """How many true boxes the reader names right, and of how many."""
    best_M = reader.characters.codepoints_of(detections.log_probabilities_NC.argmax(1))
    right_M = (best_M == truth.codepoints_N[truth_M]) & (truth_M >= 0)
    return np.array([right_M.sum(), (truth_M >= 0).sum()])


def measure_text_train() -> None:
    """Real pages of which only the text is known."""
    store = open_store(str(Path(os.environ["KUZUSHIJI_DATA"]) / "text_train"))
    reader = open_reader(load_model().artifact, "auto")
    books: dict[str, list[Alignment]] = {}
    for scan, transcription in join_transcriptions(
        read_transcriptions(store), list(list_scans(store))
    ):
        image = decode_page(store.get(scan.key), max_long_side=HEIGHT)
        page = Page(image.image_HW3, image.page_width, image.page_height)
        book = scan.key.rpartition("/")[2].partition("_")[0]
        aligned = align_page(reader, page, transcription.text)
        books.setdefault(book, []).append(aligned.alignment)
    for book, alignments in books.items():
        print_book(book, alignments)
    print_book("all", [alignment for part in books.values() for alignment in part])


def print_book(name: str, alignments: list[Alignment]) -> None:
    """Print coverage, mean posterior and verdicts."""
    assigned_T = np.concatenate([a.box_T for a in alignments]) >= 0
    confidence_T = np.concatenate([a.confidence_T for a in alignments])
    verdict_N = np.concatenate([a.verdict_N for a in alignments])
    verdicts = " | ".join(str(int((verdict_N == verdict).sum())) for verdict in Verdict)
    print(
        f"| {name} | {len(alignments)} | {len(assigned_T)} | {assigned_T.mean():.3f} | "
        f"{confidence_T[assigned_T].mean():.3f} | {verdicts} |"
    )


def measure_time() -> None:
    """Time the alignment alone, as many boxes as characters."""
    characters = CharacterSet.of(map(int, Corpus(DEFAULT_TEXT).codepoints_C))
    for count in (200, 400, 1200):
        rng = np.random.default_rng(count)
        column_N, row_N = np.divmod(np.arange(count), 25)
        boxes_N4 = np.stack([-80 * column_N, 44 * row_N, *np.full((2, count), 40)], 1)
        codepoints_N = rng.choice(np.array(characters.codepoints, np.int32), count)
        truth = Labels(boxes_N4.astype(np.float32), codepoints_N)
        detections, _ = simulate_detections(truth, characters, Quality(), rng)
        seconds = sorted(timed(detections, codepoints_N, characters) for _ in range(7))
        print(f"| {count} | {1000 * seconds[3]:.0f} ms |")


def timed(detections: Detections, codepoints_T: IndexArray, characters: CharacterSet) -> float:
    """Seconds for one page."""
    start = perf_counter()
    align(detections, codepoints_T, characters)
    return perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:])
