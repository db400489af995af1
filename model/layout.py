"""How the characters of a page hang together: columns, furigana, notes, headings.

Shapes: N characters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from model.characters import IntArray

IndexArray = npt.NDArray[np.int64]


class Role(IntEnum):
    """What a character does on its page."""

    text = 0
    furigana = 1  # small kana beside a character, telling how it is read
    note = 2  # of a note split into two narrow columns inside a column
    heading = 3  # written much larger than the page's text


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A page's reading order and what was found on the way to it.

    ``column_N``, ``role_N`` and ``base_N`` are indexed as the boxes that the layout was made of:
    ``for i in layout.order_N: column_N[i], role_N[i]`` walks through the page as one reads it.

    Attributes:
        order_N: int64 permutation: indices of the boxes in reading order. Furigana follow directly
            after the character that they belong to, a note stands where it interrupts its column.
        column_N: int64 number of each character's column, from 0, rising in reading order.
            Furigana and notes have the number of the column that they belong to.
        role_N: int64 `Role` of each character.
        base_N: int64 index of the box that a furigana belongs to; -1 for all others.
    """

    order_N: IndexArray
    column_N: IndexArray
    role_N: IndexArray
    base_N: IndexArray

    def __len__(self) -> int:
        return len(self.order_N)

    def columns(self) -> Iterator[IndexArray]:
        """Yield each column's box indices in reading order, notes and furigana included."""
        ends = np.flatnonzero(np.diff(self.column_N[self.order_N])) + 1
        yield from (column for column in np.split(self.order_N, ends) if len(column))


def layout_to_text(codepoints_N: IntArray, layout: Layout) -> str:
    """Write a page's text, a column a line, without furigana.

    Args:
        codepoints_N: code points of the boxes that the layout was made of, in their order.
        layout: of the same boxes.

    Raises:
        ValueError: if there are more or fewer code points than characters in the layout.
    """
    if len(codepoints_N) != len(layout):
        raise ValueError(
            f"codepoints_N must be one for each of the layout's {len(layout)} characters, got "
            f"{len(codepoints_N)}"
        )
    spoken_N = layout.role_N != Role.furigana
    lines = (column[spoken_N[column]] for column in layout.columns())
    return "\n".join("".join(map(chr, codepoints_N[line].tolist())) for line in lines if len(line))
