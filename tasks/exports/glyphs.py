"""Columns of glyphs, cleaned of what no file can hold.

XML 1.0 has no way to write most control characters, surrogates, U+FFFE and U+FFFF; and tab, line
feed and carriage return would be taken for layout. In their place every format writes U+FFFD.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model.characters import FloatArray, PageReading
from model.text_columns import columns_of

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

UNWRITABLE = re.compile("[\0-\x1f\ud800-\udfff\ufffe\uffff]")
_LAST_CODEPOINT = 0x10FFFF
_BOX_DECIMALS = 2  # of a pixel
_CONFIDENCE_DECIMALS = 4
_FARTHEST = 1e6  # pixels: no page is larger, and whole numbers stay exact


@dataclass(frozen=True, slots=True)
class Alternative:
    """One reading of a glyph.

    Attributes:
        character: as text; U+FFFD if no file can hold it.
        codepoint: as number, always the model's.
        probability: of this class, in [0, 1], if there is a character.
        confidence: in [0, 1], that there is a character and that it is this one.
    """

    character: str
    codepoint: int
    probability: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle (x, y, width, height) in pixels of the upright page, origin top left."""

    x: float
    y: float
    width: float
    height: float

    def edges(self, page_width: int, page_height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in whole pixels of the page, at least one pixel apart."""
        left, right = _whole(self.x, self.x + self.width, page_width)
        top, bottom = _whole(self.y, self.y + self.height, page_height)
        return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character on the page.

    Attributes:
        box: where it stands.
        confidence: in [0, 1], that it is there and read right.
        alternatives: best first; the first is the reading.
    """

    box: Box
    confidence: float
    alternatives: tuple[Alternative, ...]

    @property
    def character(self) -> str:
        """The best reading."""
        return self.alternatives[0].character


@dataclass(frozen=True, slots=True)
class Column:
    """A line of vertical text, read downwards.

    Attributes:
        glyphs: at least one, in reading order.
        first: position of the first of them on the page, from 1.
    """

    glyphs: tuple[Glyph, ...]
    first: int

    @property
    def text(self) -> str:
        """The best readings, joined."""
        return "".join(glyph.character for glyph in self.glyphs)

    @property
    def box(self) -> Box:
        """The rectangle around its glyphs."""
        return around([glyph.box for glyph in self.glyphs])

    @property
    def confidence(self) -> float:
        """The mean over its glyphs."""
        total = sum(glyph.confidence for glyph in self.glyphs)
        return round(total / len(self.glyphs), _CONFIDENCE_DECIMALS)


def writable(text: str) -> str:
    """Replace what no file can hold."""
    return UNWRITABLE.sub(REPLACEMENT, text)


def character_of(codepoint: int) -> str:
    """Write a code point as text, or U+FFFD if it is none or no file can hold it."""
    if not 0 <= codepoint <= _LAST_CODEPOINT:
        return REPLACEMENT
    return writable(chr(codepoint))


def around(boxes: list[Box]) -> Box:
    """The smallest box around boxes, of which there is at least one."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    bottom = max(box.y + box.height for box in boxes)
    edges = (left, top, right - left, bottom - top)
    return Box(*(round(value, _BOX_DECIMALS) for value in edges))


def columns_of_glyphs(reading: PageReading) -> tuple[Column, ...]:
    """Make the columns of a page; numbers that are none, or absurd, become finite."""
    boxes_N4 = np.clip(np.nan_to_num(reading.boxes_N4, nan=0), -_FARTHEST, _FARTHEST)
    glyphs = _glyphs(reading, boxes_N4)
    return tuple(
        Column(glyphs[span.start : span.stop], span.start + 1) for span in columns_of(boxes_N4)
    )


def _glyphs(reading: PageReading, boxes_N4: FloatArray) -> tuple[Glyph, ...]:
    reading = replace(
        reading,
        scores_N=_shares(reading.scores_N),
        probabilities_NK=_shares(reading.probabilities_NK),
    )
    numbers = zip(
        _rounded(boxes_N4, _BOX_DECIMALS),
        reading.codepoints_NK.tolist(),
        _rounded(reading.probabilities_NK, _CONFIDENCE_DECIMALS),
        _rounded(reading.confidences, _CONFIDENCE_DECIMALS),
        strict=True,
    )
    return tuple(
        Glyph(
            Box(*box),
            confidences[0],
            tuple(
                Alternative(character_of(codepoint), codepoint, probability, confidence)
                for codepoint, probability, confidence in zip(
                    codepoints, probabilities, confidences, strict=True
                )
            ),
        )
        for box, codepoints, probabilities, confidences in numbers
    )


def _shares(values: FloatArray) -> FloatArray:
    return np.clip(np.nan_to_num(values, nan=0), 0, 1)


def _rounded(values: FloatArray, decimals: int) -> list[Any]:
    rounded: list[Any] = values.astype(np.float64).round(decimals).tolist()
    return rounded


def _whole(begin: float, end: float, size: int) -> tuple[int, int]:
    first = min(max(0, round(begin)), max(0, size - 1))
    return first, max(first + 1, min(size, round(end)))
