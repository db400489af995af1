"""What can be wrong with a labelled page."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.characters import Labels, codepoint_to_label
from tasks.fetch import FailedPage, FetchedPage
from tasks.label_sources.archive import PageSize

_REPLACEMENT = 0xFFFD
_IDEOGRAPHIC_PLANES = range(0x20000, 0x40000)  # each Unicode version fills more of them


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with one page.

    Attributes:
        rule: the rule that is broken, one of `RULES`.
        page: key or name of the page.
        detail: what is there.
    """

    rule: str
    page: str
    detail: str


MISSING = "label without scan"
UNREADABLE = "unreadable scan"
SIZE = "page of another size"
OUTSIDE = "box out of the page"
EMPTY = "box without area"
DUPLICATE = "same box twice"
UNKNOWN = "character not in the source's table"
UNASSIGNED = "no character of Unicode"
UNLABELLED = "scan without labels"
RULES = (MISSING, UNREADABLE, SIZE, OUTSIDE, EMPTY, DUPLICATE, UNKNOWN, UNASSIGNED, UNLABELLED)
REMARKS = frozenset({UNLABELLED})  # worth knowing, but nothing is wrong


def check_page(
    page: FetchedPage | FailedPage,
    labels: Labels,
    stated: PageSize | None = None,
    known: frozenset[int] | None = None,
) -> Iterator[Finding]:
    """Compare one page with its labels.

    Args:
        page: as it was fetched.
        labels: of the page.
        stated: (width, height) of the page as the labels state it, if they do.
        known: code points of the source's own table, None without one.
    """
    key = page.scan.key
    if isinstance(page, FailedPage):
        yield Finding(UNREADABLE, key, page.message)
    else:
        size = (page.page.page_width, page.page.page_height)
        if stated is not None and stated != size:
            yield Finding(SIZE, key, f"{_by(size)}, its labels say {_by(stated)}")
        for x, y, width, height in labels.boxes_N4.tolist():
            if x < 0 or y < 0 or x + width > size[0] or y + height > size[1]:
                yield Finding(OUTSIDE, key, f"{_numbers((x, y, width, height))} on {_by(size)}")
    for box in labels.boxes_N4[(labels.boxes_N4[:, 2:] == 0).any(1)].tolist():
        yield Finding(EMPTY, key, _numbers(box))
    boxes, counts = np.unique(labels.boxes_N4, axis=0, return_counts=True)
    for box in boxes[counts > 1].tolist():
        yield Finding(DUPLICATE, key, _numbers(box))
    for codepoint in sorted(set(labels.codepoints_N[labels.codepoints_N >= 0].tolist())):
        if not is_assigned(codepoint):
            yield Finding(UNASSIGNED, key, codepoint_to_label(codepoint))
        elif known is not None and codepoint not in known:
            yield Finding(UNKNOWN, key, f"{codepoint_to_label(codepoint)} {chr(codepoint)}")


def is_assigned(codepoint: int) -> bool:
    """Tell whether a code point can be seen on a page: assigned and no control character.

    Private use counts as assigned, and so do the ideographs of later Unicode versions than
    Python's. U+FFFD does not: it stands for what a file could not hold.
    """
    if codepoint == _REPLACEMENT:
        return False
    if codepoint in _IDEOGRAPHIC_PLANES:
        return codepoint & 0xFFFE != 0xFFFE  # noqa: PLR2004 - the last two of a plane are none
    return unicodedata.category(chr(codepoint)) not in {"Cn", "Cc"}


def _by(size: PageSize) -> str:
    return f"{size[0]} x {size[1]}"


def _numbers(box: Sequence[float]) -> str:
    return " ".join(f"{value:g}" for value in box)
