"""Corrections made by readers: JSON Lines, one page a line.

A line holds all characters of a page after correction, in reading order, so that it serves as
labels. Boxes are pixels of the upright page, origin top left::

    {"page": key, "characters": [{"codepoint": "U+3042", "box": [x, y, width, height]}, ...]}

``page`` is the scan's key in its archive. ``codepoint`` is ``U+`` and 4 to 6 hexadecimal digits. No
characters mean a blank page. Other members are ignored. Of two lines about a page the later counts.
"""

import codecs
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from model.characters import codepoint_to_label, label_to_codepoint
from tasks.label_boxes import Box, read_box


class CorrectionFormatError(ValueError):
    """A correction breaks a rule of the format."""


@dataclass(frozen=True, slots=True)
class CorrectedPage:
    """What a page says after a person looked at it.

    Attributes:
        page: key of the scan in its archive.
        characters: code point and box (x, y, width, height) of each, in reading order.
    """

    page: str
    characters: tuple[tuple[int, Box], ...]

    @property
    def version(self) -> str:
        """Differs whenever page or characters differ."""
        return hashlib.sha256(correction_to_line(self).encode()).hexdigest()[:16]


def line_to_correction(line: bytes) -> CorrectedPage:
    """Read one line.

    Raises:
        CorrectionFormatError: naming the rule that it breaks.
    """
    try:
        match json.loads(line.decode()):
            case {"page": str(page), "characters": list(characters)}:
                return CorrectedPage(page, tuple(map(_read_character, characters)))
    except UnicodeDecodeError as error:
        raise CorrectionFormatError(f"a correction must be UTF-8: {error}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise CorrectionFormatError(f"a correction must be JSON: {error}") from error
    except ValueError as error:
        raise CorrectionFormatError(str(error)) from error
    raise CorrectionFormatError('a correction must be an object with "page" and "characters"')


def correction_to_line(correction: CorrectedPage) -> str:
    """Write one line, without its end, so that `line_to_correction` returns the same."""
    characters = [
        {"codepoint": codepoint_to_label(codepoint), "box": list(box)}
        for codepoint, box in correction.characters
    ]
    return json.dumps({"page": correction.page, "characters": characters}, ensure_ascii=False)


def read_corrections(content: bytes) -> dict[str, CorrectedPage]:
    """Read a file: every corrected page by its key, in the order in which they first occur.

    Raises:
        CorrectionFormatError: naming the line that cannot be read, and its rule.
    """
    corrections = {}
    for number, line in enumerate(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        if line.strip():
            try:
                correction = line_to_correction(line)
            except CorrectionFormatError as error:
                raise CorrectionFormatError(f"corrections.jsonl, line {number}: {error}") from error
            corrections[correction.page] = correction
    return corrections


def corrections_to_bytes(corrections: Mapping[str, CorrectedPage]) -> bytes:
    """Write a file so that `read_corrections` returns the same."""
    return "".join(f"{correction_to_line(page)}\n" for page in corrections.values()).encode()


def _read_character(value: object) -> tuple[int, Box]:
    match value:
        case {"codepoint": str(label), "box": box}:
            return label_to_codepoint(label), read_box(box)
    raise CorrectionFormatError(
        f'a character must have "codepoint" and "box", got {str(value)[:60]}'
    )
