"""An archive's readings against its labels: the challenge's F1, overall and book by book."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from model.characters import Labels, PageReading
from model.metric import Counts, score_detection, score_page
from tasks.challenge import by_image_id, reading_to_points
from tasks.scans import book_of_name

HEADINGS = ("book", "pages", "F1", "precision", "recall", "tp", "fp", "fn", "detection F1")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over some pages.

    Attributes:
        pages: labelled pages that went in, unread ones too.
        characters: counts of the challenge's metric.
        detection: the same with labels ignored.
    """

    pages: int = 0
    characters: Counts = field(default_factory=Counts)
    detection: Counts = field(default_factory=Counts)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.pages + other.pages,
            self.characters + other.characters,
            self.detection + other.detection,
        )


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well an archive was read.

    Every labelled page is either scored, failed or missing. Characters of failed and missing pages
    count as missed.

    Attributes:
        overall: score over all labelled pages.
        books: score of each book, in the order of its name.
        pages_scored: labelled pages with a reading.
        pages_failed: image ids of labelled pages that could not be read.
        pages_missing: image ids of labelled pages that the archive does not hold.
        pages_unlabelled: pages of the archive without labels; they count for nothing.
        least_score: characters whose score is below were left out.
    """

    overall: Score
    books: Mapping[str, Score]
    pages_scored: int
    pages_failed: Sequence[str]
    pages_missing: Sequence[str]
    pages_unlabelled: int
    least_score: float = 0.0


def evaluate(
    labels: Mapping[str, Labels],
    readings: Mapping[str, PageReading | None],
    least_score: float = 0.0,
) -> Evaluation:
    """Score readings against labels, page by page.

    A prediction's point is its box's centre, rounded as `tasks.challenge.write_submission` does, so
    that the archive and its submission have the same F1. Labels know no folders: the image id
    alone names the book, see `book_of_name`.

    Args:
        labels: truth by image id.
        readings: by page key; None where a page could not be read.
        least_score: characters whose score is below are left out.

    Raises:
        AmbiguousImageError: if two pages have the same file name.
    """
    keys = by_image_id(readings)
    found = {image_id: readings[key] for image_id, key in keys.items()}
    read = {
        image_id: None if reading is None else reading.with_scores_from(least_score)
        for image_id, reading in found.items()
    }
    scores = {image_id: _score(truth, read.get(image_id)) for image_id, truth in labels.items()}
    books = groupby(sorted(scores, key=book_of_name), key=book_of_name)
    return Evaluation(
        overall=_total(scores.values()),
        books={book: _total(scores[image_id] for image_id in ids) for book, ids in books},
        pages_scored=sum(read.get(image_id) is not None for image_id in labels),
        pages_failed=[image_id for image_id in labels if read.get(image_id, ...) is None],
        pages_missing=[image_id for image_id in labels if image_id not in read],
        pages_unlabelled=len(read.keys() - labels.keys()),
        least_score=least_score,
    )


def evaluation_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Write an evaluation as values that JSON knows."""
    return {
        "overall": _score_to_json(evaluation.overall),
        "books": {book: _score_to_json(score) for book, score in evaluation.books.items()},
        "pages_scored": evaluation.pages_scored,
        "pages_failed": list(evaluation.pages_failed),
        "pages_missing": list(evaluation.pages_missing),
        "pages_unlabelled": evaluation.pages_unlabelled,
        "least_score": evaluation.least_score,
    }


def evaluation_from_json(tree: Mapping[str, Any]) -> Evaluation:
    """Read an evaluation back from what `evaluation_to_json` wrote."""
    return Evaluation(
        overall=_score_from_json(tree["overall"]),
        books={book: _score_from_json(score) for book, score in tree["books"].items()},
        pages_scored=tree["pages_scored"],
        pages_failed=tree["pages_failed"],
        pages_missing=tree["pages_missing"],
        pages_unlabelled=tree["pages_unlabelled"],
        least_score=tree.get("least_score", 0.0),
    )


def evaluation_to_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Write an evaluation as rows under `HEADINGS`: each book, then all of them."""
    named = [*evaluation.books.items(), ("all", evaluation.overall)]
    return [_score_to_row(book, score) for book, score in named]


def coverage_sentence(evaluation: Evaluation) -> str:
    """Tell which pages the figures stand for, and which characters."""
    least = evaluation.least_score
    left_out = f" Characters of a score below {least:g} were left out." if least else ""
    return (
        f"{evaluation.pages_scored:,} of {evaluation.overall.pages:,} labelled pages were read, "
        f"{len(evaluation.pages_failed):,} failed, {len(evaluation.pages_missing):,} missing; "
        f"{evaluation.pages_unlabelled:,} pages have no labels and do not count.{left_out}"
    )


def evaluation_to_markdown(evaluation: Evaluation) -> str:
    """Write an evaluation as a table with a sentence on the pages it stands for."""
    ruler = ("---", *["---:"] * (len(HEADINGS) - 1))
    rows = [HEADINGS, ruler, *evaluation_to_rows(evaluation)]
    table = ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
    return "\n".join([*table, "", coverage_sentence(evaluation), ""])


def _score(truth: Labels, reading: PageReading | None) -> Score:
    points = reading_to_points(PageReading.empty() if reading is None else reading)
    page = (truth, points.codepoints_N, points.points_N2)
    return Score(1, score_page(*page), score_detection(*page))


def _total(scores: Iterable[Score]) -> Score:
    return sum(scores, Score())


def _score_to_json(score: Score) -> dict[str, Any]:
    return {
        "pages": score.pages,
        "characters": _counts_to_json(score.characters),
        "detection": _counts_to_json(score.detection),
    }


def _score_from_json(tree: Mapping[str, Any]) -> Score:
    characters, detection = (
        Counts(counts["tp"], counts["fp"], counts["fn"])
        for counts in (tree["characters"], tree["detection"])
    )
    return Score(tree["pages"], characters, detection)


def _counts_to_json(counts: Counts) -> dict[str, float]:
    names = ("f1", "precision", "recall", "tp", "fp", "fn")
    return {name: getattr(counts, name) for name in names}


def _score_to_row(book: str, score: Score) -> tuple[str, ...]:
    counts = score.characters
    ratios = (counts.f1, counts.precision, counts.recall)
    whole = (counts.tp, counts.fp, counts.fn)
    return (
        book,
        f"{score.pages:,}",
        *(f"{ratio:.4f}" for ratio in ratios),
        *(f"{count:,}" for count in whole),
        f"{score.detection.f1:.4f}",
    )
