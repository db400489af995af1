"""Each labelled page with its reading and the metric's matches, and all characters together.

Shapes: M true characters of a page, N characters read on it; T and P the same of all pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, IntArray, Labels, PageReading
from model.metric import Counts, counts_of, match_detections, match_page
from tasks.challenge import by_image_id, reading_to_points, submitted_indices
from tasks.page_row import PageRow
from tasks.scans import book_of_name


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPage:
    """A labelled page.

    Attributes:
        image_id: its name in the labels.
        row: what is known about its reading; None if the archive does not hold the page.
        truth: its labels.
        boxes_N4: boxes of the characters that count as read: none of a failed or missing page.
        codepoints_N: what they were read as.
        scores_N: with which confidence.
        match_M: the character that each true one is matched by; -1 for none.
        detection_M: likewise with labels ignored.
        right_N: whether each character read is one of the matches.
        placed_N: whether it stands where a true one stands.
    """

    image_id: str
    row: PageRow | None
    truth: Labels
    boxes_N4: FloatArray
    codepoints_N: IntArray
    scores_N: FloatArray
    match_M: npt.NDArray[np.int64]
    detection_M: npt.NDArray[np.int64]
    right_N: npt.NDArray[np.bool_]
    placed_N: npt.NDArray[np.bool_]

    @property
    def book(self) -> str:
        """The book that the page belongs to."""
        return book_of_name(self.image_id)

    @property
    def counts(self) -> Counts:
        """The challenge's counts."""
        return counts_of(self.match_M, len(self.codepoints_N))


@dataclass(frozen=True, slots=True, eq=False)
class AllCharacters:
    """The characters of all labelled pages.

    Attributes:
        truths_T: true code points.
        truth_sizes_T: roots of the true boxes' areas in pixels.
        found_T: whether they were found and read right.
        reads_P: code points read.
        read_sizes_P: roots of their boxes' areas in pixels.
        scores_P: their confidences.
        right_P: whether they are right.
    """

    truths_T: IntArray
    truth_sizes_T: FloatArray
    found_T: npt.NDArray[np.bool_]
    reads_P: IntArray
    read_sizes_P: FloatArray
    scores_P: FloatArray
    right_P: npt.NDArray[np.bool_]


def score_pages(labels: Mapping[str, Labels], rows: Iterable[PageRow]) -> list[ScoredPage]:
    """Match every labelled page's characters, exactly as `tasks.evaluation.evaluate` does.

    Raises:
        AmbiguousImageError: if two pages have the same file name.
    """
    by_key = {row.scan.key: row for row in rows}
    keys = by_image_id(by_key)
    found = {image_id: by_key[key] for image_id, key in keys.items() if image_id in labels}
    return [_score(image_id, found.get(image_id), truth) for image_id, truth in labels.items()]


def all_characters(pages: Sequence[ScoredPage]) -> AllCharacters:
    """Put the pages' characters together."""
    return AllCharacters(
        truths_T=_joined([page.truth.codepoints_N for page in pages], np.int32),
        truth_sizes_T=_joined([_sizes(page.truth.boxes_N4) for page in pages], np.float32),
        found_T=_joined([page.match_M >= 0 for page in pages], np.bool_),
        reads_P=_joined([page.codepoints_N for page in pages], np.int32),
        read_sizes_P=_joined([_sizes(page.boxes_N4) for page in pages], np.float32),
        scores_P=_joined([page.scores_N for page in pages], np.float32),
        right_P=_joined([page.right_N for page in pages], np.bool_),
    )


def _score(image_id: str, row: PageRow | None, truth: Labels) -> ScoredPage:
    reading = row.reading if row else None
    reading = PageReading.empty() if reading is None else reading
    points = reading_to_points(reading)
    kept = submitted_indices(reading)
    match_M = match_page(truth, points.codepoints_N, points.points_N2)
    detection_M = match_detections(truth, points.codepoints_N, points.points_N2)
    return ScoredPage(
        image_id=image_id,
        row=row,
        truth=truth,
        boxes_N4=reading.boxes_N4[kept],
        codepoints_N=points.codepoints_N,
        scores_N=reading.scores_N[kept],
        match_M=match_M,
        detection_M=detection_M,
        right_N=_taken(match_M, len(points)),
        placed_N=_taken(detection_M, len(points)),
    )


def _taken(prediction_M: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    taken_N = np.zeros(count, np.bool_)
    taken_N[prediction_M[prediction_M >= 0]] = True
    return taken_N


def _sizes(boxes_N4: FloatArray) -> FloatArray:
    sizes_N: FloatArray = np.sqrt(np.maximum(boxes_N4[:, 2] * boxes_N4[:, 3], 0))
    return sizes_N


def _joined(parts: Sequence[npt.NDArray[Any]], kind: type[np.generic]) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *parts])
