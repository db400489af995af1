"""The Kuzushiji Recognition challenge's CSV files: labelled boxes in, points out.

Both have the columns ``image_id,labels``. Labels are ``U+XXXX x y width height ...`` in the truth
and ``U+XXXX x y ...`` in a submission, in pixels of the page; a blank page's labels are empty.
Shape suffixes: N characters, V numbers behind each label.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from model.characters import IntArray, Labels, PageReading, codepoint_to_label, label_to_codepoint
from model.metric import PREDICTIONS_PER_PAGE

COLUMNS = ("image_id", "labels")
BLANK = {"", "nan"}  # pandas writes a missing value as either


class ChallengeFormatError(ValueError):
    """A file breaks a rule of the challenge's format."""


class AmbiguousImageError(ValueError):
    """Two pages share the only name that the challenge's format can tell them by."""


@dataclass(frozen=True, slots=True, eq=False)
class CharacterPoints:
    """One page's characters as a submission tells them.

    Attributes:
        codepoints_N: int32 code points.
        points_N2: float64 points (x, y) in pixels of the page.
    """

    codepoints_N: IntArray
    points_N2: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.codepoints_N)


def image_id_of(key: str) -> str:
    """Name a page as the challenge does: its file name without folder and extension."""
    return PurePosixPath(key).stem


def by_image_id(keys: Iterable[str]) -> dict[str, str]:
    """Map the challenge's image ids to page keys.

    Raises:
        AmbiguousImageError: if two pages have the same file name, which the challenge cannot tell
            apart.
    """
    keys_by_id: dict[str, str] = {}
    for key in keys:
        other = keys_by_id.setdefault(image_id := image_id_of(key), key)
        if other != key:
            raise AmbiguousImageError(
                f"the challenge tells pages apart by file name only, but {other!r} and {key!r} are "
                f"both {image_id!r}; rename one, or recognize their folders separately"
            )
    return keys_by_id


def submitted_indices(reading: PageReading) -> npt.NDArray[np.int64]:
    """The characters that are submitted: at most 1,200 with the best scores, in their order."""
    best_first = np.argsort(-reading.scores_N, kind="stable")
    return np.sort(best_first[:PREDICTIONS_PER_PAGE])


def reading_to_points(reading: PageReading) -> CharacterPoints:
    """Reduce a reading to what is submitted: best label and box centre rounded to whole pixels.

    Of more than 1,200 characters, those with the best scores stay; the order stays as it was.
    """
    kept = submitted_indices(reading)
    boxes_N4 = reading.boxes_N4[kept].astype(np.float64)
    points_N2 = np.rint(boxes_N4[:, :2] + boxes_N4[:, 2:] / 2)
    return CharacterPoints(reading.codepoints_NK[kept, 0], points_N2)


def read_labels(source: Path | bytes) -> dict[str, Labels]:
    """Read the truth.

    Args:
        source: path or content of a CSV like the challenge's ``train.csv``.

    Returns:
        Every image's labels, in file order.

    Raises:
        ChallengeFormatError: naming image, position and rule.
    """
    labels = {}
    for image_id, text in _read_rows(source):
        codepoints_N, boxes_N4 = _parse_labels(image_id, text, "x y width height")
        if (boxes_N4[:, 2:] < 0).any():
            position = int((boxes_N4[:, 2:] < 0).any(axis=1).argmax())
            raise _broken(image_id, position, "width and height must not be negative", text)
        labels[image_id] = Labels(boxes_N4.astype(np.float32), codepoints_N)
    return labels


def write_labels(labels: Mapping[str, Labels]) -> bytes:
    """Write the truth so that `read_labels` returns the same."""
    return _write_rows(
        (image_id, _format_labels(truth.codepoints_N, truth.boxes_N4))
        for image_id, truth in labels.items()
    )


def read_submission(source: Path | bytes) -> dict[str, CharacterPoints]:
    """Read a submission.

    Args:
        source: path or content of a CSV in the submission format.

    Returns:
        Every image's points, in file order.

    Raises:
        ChallengeFormatError: naming image, position and rule.
    """
    return {
        image_id: CharacterPoints(*_parse_labels(image_id, text, "x y"))
        for image_id, text in _read_rows(source)
    }


def write_submission(readings: Iterable[tuple[str, PageReading]]) -> bytes:
    """Write readings as a submission, as `reading_to_points` reduces them.

    Args:
        readings: page keys and their readings, in the order to write them. The challenge counts a
            page that is left out as missed; give an empty reading for a page that failed.

    Raises:
        AmbiguousImageError: if two pages have the same file name.
    """
    points = [(key, reading_to_points(reading)) for key, reading in readings]
    by_image_id(key for key, _ in points)
    return _write_rows(
        (image_id_of(key), _format_labels(page.codepoints_N, page.points_N2))
        for key, page in points
    )


def _read_rows(source: Path | bytes) -> Iterator[tuple[str, str]]:
    content = source if isinstance(source, bytes) else source.read_bytes()
    try:
        # utf-8-sig: spreadsheets put a byte order mark in front
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        header, *records = [row for row in rows if row] or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ChallengeFormatError(f"labels must be a CSV file in UTF-8: {error}") from error
    if tuple(header) != COLUMNS:
        raise ChallengeFormatError(f"the first line must be image_id,labels, got {header}")
    seen: set[str] = set()
    for record in records:
        if len(record) != len(COLUMNS):
            raise ChallengeFormatError(f"a row must be image_id,labels, got {record}")
        image_id, text = record
        if image_id in seen:
            raise ChallengeFormatError(f"{image_id}: an image must have one row, got another")
        seen.add(image_id)
        yield image_id, text


def _parse_labels(
    image_id: str, text: str, numbers: str
) -> tuple[IntArray, npt.NDArray[np.float64]]:
    width = 1 + len(numbers.split())
    words = [] if text.strip().lower() in BLANK else text.split()
    if len(words) % width:
        rule = f"labels must be groups of U+XXXX {numbers}"
        raise _broken(image_id, len(words) // width, rule, text)
    codepoints = np.zeros(len(words) // width, np.int32)
    values_NV = np.zeros((len(codepoints), width - 1))
    for position in range(len(codepoints)):
        label, *values = words[position * width : (position + 1) * width]
        try:
            codepoints[position] = label_to_codepoint(label)
            values_NV[position] = [float(value) for value in values]
        except ValueError as error:
            raise _broken(image_id, position, str(error), text) from error
    finite_N = np.isfinite(values_NV).all(axis=1)
    if not finite_N.all():
        raise _broken(image_id, int(finite_N.argmin()), f"{numbers} must be finite", text)
    return codepoints, values_NV


def _broken(image_id: str, position: int, rule: str, text: str) -> ChallengeFormatError:
    return ChallengeFormatError(
        f"{image_id}, character {position + 1}: {rule} (labels begin {text[:60]!r})"
    )


def _write_rows(rows: Iterable[tuple[str, str]]) -> bytes:
    lines = [",".join(map(_quote, row)) for row in (COLUMNS, *rows)]
    return ("\n".join(lines) + "\n").encode()


def _quote(field: str) -> str:
    # csv.writer leaves a carriage return bare when lines end in a line feed, and file names may
    # hold one
    return '"' + field.replace('"', '""') + '"' if set(field) & set(',"\r\n') else field


def _format_labels(codepoints_N: IntArray, values_NV: npt.NDArray[np.floating]) -> str:
    return " ".join(
        " ".join([codepoint_to_label(int(codepoint)), *map(_format_number, values)])
        for codepoint, values in zip(codepoints_N, values_NV, strict=True)
    )


def _format_number(value: np.floating) -> str:
    # the shortest digits that read back as the same number; whole pixels carry no point
    return np.format_float_positional(value, trim="-")
