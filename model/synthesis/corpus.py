"""What is written on synthetic pages: running text, or characters balanced by frequency."""

from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np
import numpy.typing as npt

from model.characters import IntArray
from model.synthesis.noise import chance

DEFAULT_TEXT = tuple(
    resources.files("model.synthesis").joinpath("corpus.txt").read_text("utf-8").split()
)


class Corpus:
    """Texts of columns and the frequency of characters, from which to sample columns."""

    def __init__(
        self, columns: Sequence[str] = DEFAULT_TEXT, counts: Mapping[int, int] | None = None
    ) -> None:
        """Index the text.

        Args:
            columns: texts of single columns.
            counts: occurrences of each code point; by default those in the columns.
        """
        self._text_N = np.array([ord(c) for column in columns for c in column], np.int32)
        if counts is None:
            codepoints, occurrences = np.unique(self._text_N, return_counts=True)
        else:
            codepoints = np.array(sorted(counts), np.int32)
            occurrences = np.array([counts[int(c)] for c in codepoints])
        if not len(codepoints):
            raise ValueError("columns must hold at least one character, got none; see DEFAULT_TEXT")
        self.codepoints_C: IntArray = codepoints.astype(np.int32)
        self.counts = dict(zip(codepoints.tolist(), occurrences.tolist(), strict=True))
        balance_C = np.cumsum(occurrences.astype(np.float64) ** 0.5)
        self._balance_C = balance_C / balance_C[-1]

    @property
    def tables(self) -> tuple[npt.NDArray[np.generic], ...]:
        """Everything that sampling depends on, for a digest."""
        return self._text_N, self.codepoints_C, self._balance_C

    def sample(self, rng: np.random.Generator, length: int) -> IntArray:
        """Draw a column: running text half of the time, else characters by count ** 0.5.

        Args:
            rng: source of chance.
            length: number of characters wanted.

        Returns:
            int32 code points, exactly `length` of them.
        """
        if len(self._text_N) and chance(rng, 0.5):
            start = int(rng.integers(len(self._text_N)))
            return np.take(self._text_N, np.arange(start, start + length), mode="wrap")
        picks = np.searchsorted(self._balance_C, rng.random(length), side="right")
        return self.codepoints_C[np.minimum(picks, len(self.codepoints_C) - 1)]
