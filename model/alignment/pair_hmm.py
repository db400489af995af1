"""Forward-backward over all ways to pair two sequences: the boxes of a page and its text.

A path walks through boxes and text at once and pairs a box with a character, passes over a box or
passes over a character (Durbin et al., Biological Sequence Analysis, 1998, chapter 4). Runs of
passed boxes or characters are affine: the first costs more than the next. Where a column begins
the path may jump to any place of the text: so columns may be missed, unknown to the text, or read
in another order. docs/alignment.md writes the equations down.

Shapes: N boxes, T characters of the text. All arithmetic is on logarithms in float64.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.alignment.gaps import BOX, CHARACTER, PAIR, Gaps, RealArray

FlagArray = npt.NDArray[np.bool_]

MAX_CELLS = 20_000_000  # four arrays of float64: 640 MB
FOREIGN_BOX = float(np.log(0.5))  # at least, for a box in a foreign column: seals look written too
_NEVER = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What `pair_posterior` walks over; boxes are in reading order.

    Attributes:
        pair_NT: log-odds of a pair against a box and a character that have nothing to do with
            each other, the box' probability of being text included.
        alone_N: log-probability that a box is not of the text.
        room: log-odds, before each box and after the last, that characters without box are there;
            N + 1 of them.
        starts_N: whether a box is the first of its column.
    """

    pair_NT: RealArray
    alone_N: RealArray
    room: RealArray
    starts_N: FlagArray

    @property
    def edges(self) -> FlagArray:
        """Whether a column begins or ends before each box, and after the last: N + 1 flags."""
        edges = np.append(self.starts_N, True)
        edges[0] = True
        return edges

    def reversed(self) -> "Page":
        """The page and its text read backwards."""
        return Page(
            self.pair_NT[::-1, ::-1], self.alone_N[::-1], self.room[::-1], self.edges[:0:-1]
        )


def pair_posterior(page: Page, gaps: Gaps) -> RealArray:
    """The probability of each pair of a box and a character, over all paths.

    Args:
        page: boxes and characters.
        gaps: how readily they are passed over.

    Returns:
        Posterior probabilities, NT. A row sums to at most 1; so does a column unless a jump led
        back to characters that had been paired before.

    Raises:
        ValueError: if N x T is more than memory should bear.
    """
    if page.pair_NT.size > MAX_CELLS:
        raise ValueError(
            f"boxes times characters of a page must be at most {MAX_CELLS}, got "
            f"{page.pair_NT.shape}; align page by page"
        )
    if page.pair_NT.size == 0:
        return np.zeros(page.pair_NT.shape)
    matrix = gaps.log_matrix()
    forward_NT, total = _forward(page, gaps, matrix)
    backward_NT, _ = _forward(page.reversed(), gaps, matrix.T)
    posterior_NT: RealArray = np.exp(forward_NT + backward_NT[::-1, ::-1] - page.pair_NT - total)
    return np.minimum(posterior_NT, 1.0)


def _forward(page: Page, gaps: Gaps, matrix: RealArray) -> tuple[RealArray, float]:
    """Sum over the paths that end in each pair; also over all paths, both as logarithms.

    Before the first box and after the last one stands a pair that all paths share: the recursion
    of the reversed sequences with the transposed matrix is then the backward one.
    """
    forward_NT = np.empty(page.pair_NT.shape)
    total = _NEVER
    for n, (pair_T, into_pair_T) in enumerate(_rows(page, gaps, matrix)):
        if n:
            forward_NT[n - 1] = pair_T[1:]
        total = float(into_pair_T[-1])
    return forward_NT, total


def _rows(page: Page, gaps: Gaps, matrix: RealArray) -> Iterator[tuple[RealArray, RealArray]]:
    """Yield after 0, 1 ... N boxes the sums over paths that end in a pair, and those before one.

    Both have T + 1 entries: so many characters are used up.
    """
    count, length = page.pair_NT.shape
    edges, log_jump = page.edges, float(np.log(gaps.jump / (length + 1)))
    pair_T, box_T, column_T = np.full((3, length + 1), _NEVER)
    pair_T[0] = 0.0
    for n in range(count + 1):
        if edges[n]:
            box_T = np.logaddexp(box_T, column_T)  # the whole column was foreign
        characters_T = _passed_characters(pair_T, box_T, matrix, page.room[n])
        jumped = log_jump + _total(pair_T, box_T) if edges[n] else _NEVER
        into_pair_T, into_box_T = (
            np.logaddexp(_sum(pair_T, box_T, characters_T, matrix[:, state]), jumped)
            for state in (PAIR, BOX)
        )
        yield pair_T, into_pair_T
        if n < count:
            entered_T = into_box_T + np.log(gaps.foreign_column) if edges[n] else column_T
            column_T = max(page.alone_N[n], FOREIGN_BOX) + entered_T
            box_T = page.alone_N[n] + into_box_T
            pair_T = np.append(_NEVER, page.pair_NT[n] + into_pair_T[:-1])


def _passed_characters(
    pair_T: RealArray, box_T: RealArray, matrix: RealArray, room: float
) -> RealArray:
    """Solve y[t + 1] = a y[t] + u[t] as a running sum of u[t] / a^(t + 1), in logarithms."""
    opened_T = np.logaddexp(
        pair_T[:-1] + matrix[PAIR, CHARACTER], box_T[:-1] + matrix[BOX, CHARACTER]
    )
    opened_T += room
    decay_T = matrix[CHARACTER, CHARACTER] * np.arange(len(opened_T))
    return np.append(_NEVER, np.logaddexp.accumulate(opened_T - decay_T) + decay_T)


def _sum(
    pair_T: RealArray, box_T: RealArray, characters_T: RealArray, weights_3: RealArray
) -> RealArray:
    either_T = np.logaddexp(pair_T + weights_3[PAIR], box_T + weights_3[BOX])
    total_T: RealArray = np.logaddexp(either_T, characters_T + weights_3[CHARACTER])
    return total_T


def _total(pair_T: RealArray, box_T: RealArray) -> float:
    return float(np.logaddexp.reduce(np.logaddexp(pair_T, box_T)))
