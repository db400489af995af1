"""What stands around an unsure character says which of its alternatives it is.

Each way to read a column is as probable as its alternatives are to the reader, times the
probability of its trigrams to the power of a weight. An alternative is then as probable as all the
ways that read it (forward-backward, Baum 1972). Unlike the single best way (Viterbi) this gives a
probability for every character, and the fewest wrong ones.

Shapes: N characters of a page, T of a column, K alternatives.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, IntArray, PageReading
from model.language_model import ORDER, LanguageModel, ProbabilityArray
from model.layout import IndexArray, Role
from model.reading_order import page_layout

WEIGHT = 0.5
MARGIN = 20.0
LARGEST_WEIGHT = 10  # the products of beyond underflow
LEAST_PROBABILITY = 1e-9  # an alternative of 0 stays possible, hardly

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Re-ranks unsure characters by what stands before and after them.

    Attributes:
        language: what follows what.
        weight: exponent of its probabilities, 0 to 10; at 0 nothing changes.
        margin: how many times as probable as the second a character's best alternative has to be
            for the character to be sure, at least 1. What is sure is left as it is, and tells
            what stands beside it.

    Raises:
        ValueError: if weight or margin is out of bounds.
    """

    language: LanguageModel
    weight: float = WEIGHT
    margin: float = MARGIN

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= LARGEST_WEIGHT:
            raise ValueError(f"weight must be 0 to {LARGEST_WEIGHT}, got {self.weight}")
        if not 1 <= self.margin < np.inf:
            raise ValueError(f"margin must be at least 1 and finite, got {self.margin}")

    def rerank(self, reading: PageReading) -> PageReading:
        """Weigh the alternatives of unsure characters anew, furigana left as they are.

        Args:
            reading: of one page.

        Returns:
            The same characters in the same boxes and order. An unsure one has its alternatives,
            and no others, sorted by their probabilities given its column; these add up to what
            they added up to before. Scores are left as they are: `model.reader` knows what a
            confidence is made of.
        """
        unsure_N = _unsure(reading.probabilities_NK, self.margin)
        if self.weight == 0 or not unsure_N.any():
            return reading
        probabilities_NK = reading.probabilities_NK.astype(np.float64)
        layout = page_layout(reading.boxes_N4)
        for column in layout.columns():
            text = column[layout.role_N[column] != Role.furigana]
            probabilities_NK[text] = self._weigh(
                reading.codepoints_NK[text], probabilities_NK[text], unsure_N[text]
            )
        return _sorted(reading, probabilities_NK)

    def _weigh(
        self, codepoints_TK: IntArray, probabilities_TK: ProbabilityArray, unsure_T: BoolArray
    ) -> ProbabilityArray:
        """Give a column's unsure characters their probabilities given the column."""
        evidence_TK = np.maximum(probabilities_TK, LEAST_PROBABILITY)
        evidence_TK[~unsure_T, 1:] = 0
        follows_TKKK = self._follow(codepoints_TK, evidence_TK > 0)
        weighed_TK = posteriors(evidence_TK, follows_TKKK) * probabilities_TK.sum(1, keepdims=True)
        return np.where(unsure_T[:, None], weighed_TK, probabilities_TK)

    def _follow(self, codepoints_TK: IntArray, possible_TK: BoolArray) -> ProbabilityArray:
        """Weigh each possible alternative after each two possible before it; 0 for others.

        Most characters are sure: of all trigrams few are possible, and only these are looked up.
        """
        trigrams_TKKK3 = _threes(self.language.numbers_of(codepoints_TK), before=0)
        possible_TKKK = _threes(possible_TK.astype(np.int64), before=1).all(-1)
        follows_TKKK = np.zeros(possible_TKKK.shape)
        trigrams_M3 = trigrams_TKKK3[possible_TKKK]
        follows_TKKK[possible_TKKK] = self.language.probabilities(trigrams_M3) ** self.weight
        return follows_TKKK


def _unsure(probabilities_NK: FloatArray, margin: float) -> BoolArray:
    if probabilities_NK.shape[1] == 1:
        return np.zeros(len(probabilities_NK), np.bool_)
    best_N, second_N = probabilities_NK[:, :2].astype(np.float64).T
    unsure_N: BoolArray = best_N < second_N * margin
    return unsure_N


def posteriors(evidence_TK: ProbabilityArray, follows_TKKK: ProbabilityArray) -> ProbabilityArray:
    """Sum over all ways through a chain of characters.

    Args:
        evidence_TK: each alternative's own weight, not all 0 for any character.
        follows_TKKK: [t, a, b, c] weighs alternative c of character t after b of t - 1 and a of
            t - 2; where there is none before, all of them are alike.

    Returns:
        Each alternative's share of the weight of all ways; for each character they add up to 1.
    """
    length, alternatives = evidence_TK.shape
    before_TKK = np.empty((length + 1, alternatives, alternatives))
    before_TKK[0] = 1
    for t in range(length):
        ways_KK = np.einsum("ab,abc->bc", before_TKK[t], follows_TKKK[t]) * evidence_TK[t]
        before_TKK[t + 1] = ways_KK / ways_KK.sum()
    shares_TK = np.empty((length, alternatives))
    after_KK = np.ones((alternatives, alternatives))
    for t in reversed(range(length)):
        ways_KK = before_TKK[t + 1] * after_KK
        shares_TK[t] = ways_KK.sum(0) / ways_KK.sum()
        after_KK = np.einsum("abc,bc->ab", follows_TKKK[t], evidence_TK[t] * after_KK)
        after_KK /= after_KK.max()
    return shares_TK


def _threes(values_TK: IndexArray, before: int) -> IndexArray:
    """Every alternative after every two before it: [t, a, b, c] are those of t - 2, t - 1, t."""
    length, alternatives = values_TK.shape
    padded = np.full((length + ORDER - 1, alternatives), before, np.int64)
    padded[ORDER - 1 :] = values_TK
    ranks = np.indices((alternatives,) * ORDER)
    return np.stack([padded[n : n + length, ranks[n]] for n in range(ORDER)], axis=-1)


def _sorted(reading: PageReading, probabilities_NK: ProbabilityArray) -> PageReading:
    order_NK = np.argsort(-probabilities_NK, axis=1, kind="stable")
    sorted_NK = np.take_along_axis(probabilities_NK, order_NK, 1).astype(np.float32)
    return replace(
        reading,
        codepoints_NK=np.take_along_axis(reading.codepoints_NK, order_NK, 1),
        probabilities_NK=sorted_NK,
    )
