"""Which character follows which: interpolated Kneser-Ney trigrams of a text's columns.

Kneser and Ney 1995 in the interpolated form of Chen and Goodman 1999, one discount an order.

Characters are numbers here: 0 stands before a column's first character and is never predicted,
1 .. V are those of the text, V + 1 stands for all that the text lacks.
Shapes: V characters of the text, G distinct trigrams, M distinct n-grams, C distinct contexts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.characters import IntArray
from model.layout import IndexArray

ORDER = 3  # rendered pages, F1 without context .786, with bigrams .809, with trigrams .812
LARGEST_VOCABULARY = 2**16 - 2  # numbers are kept in 16 bits; three of them fit an int64
DISCOUNTS = 1e-3, 1 - 1e-3  # a text too small to tell the discount still gets one

ProbabilityArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TrigramCounts:
    """How often each three characters follow each other in the columns of a text.

    Attributes:
        codepoints_V: int32 distinct code points, ascending; the v-th has the number v + 1.
        trigrams_G3: uint16 distinct trigrams, sorted; 0 stands before a column.
        counts_G: uint32 occurrences, at least 1.

    Raises:
        ValueError: if there is no trigram, or the arrays do not fit each other.
    """

    codepoints_V: IntArray
    trigrams_G3: npt.NDArray[np.uint16]
    counts_G: npt.NDArray[np.uint32]

    def __post_init__(self) -> None:
        fits = self.trigrams_G3.shape == (len(self.counts_G), ORDER) and len(self.counts_G) > 0
        if not fits or int(self.trigrams_G3.max()) > len(self.codepoints_V):
            raise ValueError(
                f"trigrams_G3 must be {len(self.counts_G)} trigrams of {len(self.codepoints_V)} "
                f"characters, as counts_G and codepoints_V say, got {self.trigrams_G3.shape}"
            )


def count_trigrams(columns: Iterable[str]) -> TrigramCounts:
    """Count the trigrams of a text.

    Args:
        columns: a column of the text each.

    Raises:
        ValueError: if there is no character at all, or more than 65,534 different ones.
    """
    texts = [np.array([ord(c) for c in column], np.int32) for column in columns if column]
    codepoints_V = np.unique(np.concatenate(texts)) if texts else np.zeros(0, np.int32)
    if not 0 < len(codepoints_V) <= LARGEST_VOCABULARY:
        raise ValueError(
            f"columns must hold 1 to {LARGEST_VOCABULARY:,} different characters, got "
            f"{len(codepoints_V):,}; give a text, one column a line"
        )
    before = np.zeros(ORDER - 1, np.int64)
    trigrams_G3, counts_G = np.unique(
        np.concatenate(
            [
                np.lib.stride_tricks.sliding_window_view(
                    np.concatenate([before, np.searchsorted(codepoints_V, text) + 1]), ORDER
                )
                for text in texts
            ]
        ),
        axis=0,
        return_counts=True,
    )
    return TrigramCounts(codepoints_V, trigrams_G3.astype(np.uint16), counts_G.astype(np.uint32))


class _Order(NamedTuple):
    """The n-grams of one length, as sorted keys: their last numbers to the base V + 2."""

    keys_M: IndexArray
    shares_M: ProbabilityArray  # of what followed its context, less the discount
    contexts_C: IndexArray
    rests_C: ProbabilityArray  # what the discounts leave to the next shorter context


class LanguageModel:
    """Probabilities of a column's next character after the two before it.

    Args:
        counts: of the text that it is learned from.
    """

    def __init__(self, counts: TrigramCounts) -> None:
        self.counts = counts
        self._base = len(counts.codepoints_V) + 2
        keys_M, counts_M = self._keys(counts.trigrams_G3), counts.counts_G.astype(np.int64)
        orders = []
        for n in range(ORDER, 0, -1):
            orders.append(_discounted(keys_M, counts_M, self._base))
            # Shorter ones count in how many contexts they occur, not how often.
            keys_M, counts_M = np.unique(keys_M % self._base ** (n - 1), return_counts=True)
        self._orders = orders[::-1]

    @property
    def unknown(self) -> int:
        """The number of every character that the text lacks."""
        return self._base - 1

    def numbers_of(self, codepoints: IntArray) -> IndexArray:
        """Translate code points, of any shape, to the model's numbers."""
        known_V = self.counts.codepoints_V
        place = np.minimum(np.searchsorted(known_V, codepoints), len(known_V) - 1)
        return np.where(known_V[place] == codepoints, place + 1, self.unknown)

    def probabilities(self, trigrams: IndexArray) -> ProbabilityArray:
        """Tell how probable the last of three characters is after the first two.

        Summed over the numbers 1 .. V + 1 it is 1, whatever stands before.

        Args:
            trigrams: numbers of shape (..., 3); no last one is 0.

        Returns:
            Probabilities of shape (...), none of them 0.
        """
        probability = np.full(trigrams.shape[:-1], 1 / (self._base - 1))
        for n, order in enumerate(self._orders, 1):
            keys = self._keys(trigrams[..., ORDER - n :])
            rests = _looked_up(order.contexts_C, order.rests_C, keys // self._base, 1.0)
            probability = _looked_up(order.keys_M, order.shares_M, keys, 0.0) + rests * probability
        return probability

    def _keys(self, ngrams: npt.NDArray[np.integer]) -> IndexArray:
        powers = self._base ** np.arange(ngrams.shape[-1] - 1, -1, -1, dtype=np.int64)
        keys: IndexArray = ngrams.astype(np.int64) @ powers
        return keys


def _discounted(keys_M: IndexArray, counts_M: IndexArray, base: int) -> _Order:
    discount = float(np.clip(_discount(counts_M), *DISCOUNTS))
    contexts_C, first_C, context_M = np.unique(
        keys_M // base, return_index=True, return_inverse=True
    )
    total_C = np.add.reduceat(counts_M, first_C)
    kinds_C = np.bincount(context_M)
    return _Order(
        keys_M,
        (counts_M - discount) / total_C[context_M],
        contexts_C,
        discount * kinds_C / total_C,
    )


def _discount(counts_M: IndexArray) -> float:
    """Ney, Essen and Kneser 1994: n1 / (n1 + 2 n2), by how many occur once and twice."""
    once, twice = int((counts_M == 1).sum()), int((counts_M == 2).sum())  # noqa: PLR2004
    return once / max(1, once + 2 * twice)


def _looked_up(
    keys_M: IndexArray, values_M: ProbabilityArray, wanted: IndexArray, otherwise: float
) -> ProbabilityArray:
    place = np.minimum(np.searchsorted(keys_M, wanted), len(keys_M) - 1)
    return np.where(keys_M[place] == wanted, values_M[place], otherwise)
