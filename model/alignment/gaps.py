"""How readily boxes and characters are passed over: the transitions of the pair HMM."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RealArray = npt.NDArray[np.float64]

PAIR, BOX, CHARACTER = range(3)  # states: both, a box alone, a character alone


@dataclass(frozen=True, slots=True)
class Gaps:
    """Probabilities of passing over something, chosen on rendered pages; docs/alignment.md.

    Attributes:
        open_box: after a pair, of a box that is not in the text.
        extend_box: after such a box, of another.
        open_character: after a pair, of a character without box.
        extend_character: after such a character, of another.
        turn: from the one kind of gap to the other.
        jump: at a column's beginning, of going on anywhere in the text.
        foreign_column: of a column, of having nothing to do with the text: then passing over all
            of it costs no more than half the odds for each of its boxes, and no gap.

    Raises:
        ValueError: if a probability is not above 0, or what leaves a state is not below 1.
    """

    open_box: float = 0.12
    extend_box: float = 0.3
    open_character: float = 0.08
    extend_character: float = 0.4
    turn: float = 0.05
    jump: float = 0.05
    foreign_column: float = 0.1

    def __post_init__(self) -> None:
        leaving = (
            self.open_box + self.open_character,
            self.extend_box + self.turn,
            self.extend_character + self.turn,
            self.jump,
            self.foreign_column,
        )
        least = min(getattr(self, name) for name in self.__slots__)
        if least <= 0 or max(leaving) >= 1:
            raise ValueError(
                "each probability must be above 0, and those of one state's ends together below "
                f"1, got {self}"
            )

    def log_matrix(self) -> RealArray:
        """Logarithms of the probabilities of going from a state to a state, 3 x 3."""
        rows = [
            (1 - self.open_box - self.open_character, self.open_box, self.open_character),
            (1 - self.extend_box - self.turn, self.extend_box, self.turn),
            (1 - self.extend_character - self.turn, self.turn, self.extend_character),
        ]
        logarithms: RealArray = np.log(rows)
        return logarithms
