"""The classes of a reader: its code points in a fixed order, and one class more that rejects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.characters import IntArray


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """A bijection between code points and class numbers 0 .. n-1; class n is the reject class.

    Attributes:
        codepoints: the distinct Unicode code points, position = class number.

    Raises:
        ValueError: if it is empty or a code point occurs twice.
    """

    codepoints: tuple[int, ...]
    _class_of: dict[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        class_of = {codepoint: number for number, codepoint in enumerate(self.codepoints)}
        if not class_of or len(class_of) != len(self.codepoints):
            raise ValueError(
                "a character set needs at least one code point and no code point twice, got "
                f"{len(self.codepoints)} of which {len(class_of)} are distinct"
            )
        object.__setattr__(self, "_class_of", class_of)

    @classmethod
    def of(cls, codepoints: Iterable[int]) -> "CharacterSet":
        """Build the set of some code points, each kept once, in order of first appearance."""
        return cls(tuple(dict.fromkeys(int(codepoint) for codepoint in codepoints)))

    @property
    def reject_class(self) -> int:
        """The class number that means: nothing to read here."""
        return len(self.codepoints)

    @property
    def class_count(self) -> int:
        """Number of classes, the reject class included."""
        return len(self.codepoints) + 1

    def __contains__(self, codepoint: int) -> bool:
        return codepoint in self._class_of

    def classes_of(self, codepoints_N: IntArray | Sequence[int]) -> npt.NDArray[np.int64]:
        """Translate code points to class numbers; -1 where the set lacks a code point."""
        numbers = [self._class_of.get(int(codepoint), -1) for codepoint in codepoints_N]
        return np.asarray(numbers, np.int64)

    def codepoints_of(self, classes: npt.NDArray[np.integer]) -> IntArray:
        """Translate class numbers (any shape, no reject class among them) to code points."""
        codepoints_N: IntArray = np.asarray(self.codepoints, np.int32)[classes]
        return codepoints_N
