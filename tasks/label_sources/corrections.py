r"""Readings corrected by hand, as JSON Lines: one page a line, in reading order.

Schema of a line (UTF-8, no byte order mark needed)::

    {"page": "genji/001.jpg",
     "characters": [{"codepoint": "U+3042", "box": [x, y, width, height]}, ...]}

``page`` is the scan's key in its archive. ``codepoint`` is ``U+`` and 4 to 6 hexadecimal digits,
``box`` four numbers in pixels of the upright page, origin top left. No characters mean a blank
page. Other members are ignored. Of several lines about a page the last one counts.
"""

import json
from collections.abc import Mapping
from typing import Any

from model.characters import Labels, codepoint_to_label, label_to_codepoint
from tasks.label_sources.archive import LabelSourceError
from tasks.label_sources.boxes import Box, make_labels, read_box


def read_corrections(content: bytes) -> dict[str, Labels]:
    """Read corrections: labels by page key, in the order in which the pages first occur.

    Raises:
        LabelSourceError: naming line and rule.
    """
    pages: dict[str, Labels] = {}
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise LabelSourceError(f"corrections must be UTF-8: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            page, labels = _read_page(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise LabelSourceError(f"corrections, line {number}: {error}") from error
        pages[page] = labels
    return pages


def write_corrections(pages: Mapping[str, Labels]) -> bytes:
    """Write corrections so that `read_corrections` returns the same."""
    return "".join(
        json.dumps({"page": page, "characters": _characters(labels)}, ensure_ascii=False) + "\n"
        for page, labels in pages.items()
    ).encode()


def _characters(labels: Labels) -> list[dict[str, Any]]:
    return [
        {"codepoint": codepoint_to_label(codepoint), "box": box}
        for codepoint, box in zip(
            labels.codepoints_N.tolist(), labels.boxes_N4.tolist(), strict=True
        )
    ]


def _read_page(value: object) -> tuple[str, Labels]:
    match value:
        case {"page": str(page), "characters": list(characters)}:
            return page, make_labels(_read_character(character) for character in characters)
    raise ValueError('a line must be an object with "page" and "characters"')


def _read_character(value: object) -> tuple[int, Box]:
    match value:
        case {"codepoint": str(label), "box": box}:
            return label_to_codepoint(label), read_box(box)
    raise ValueError(f'a character must have "codepoint" and "box", got {str(value)[:60]}')
