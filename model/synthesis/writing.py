"""What stands where on a page, before any ink is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Glyphs to draw, in reading order within their column.

    Attributes:
        glyphs_N: int64 numbers of glyphs in the atlas.
        centers_N2: float32 centres (x, y) in pixels.
        scales_N2: float32 horizontal and vertical scale from atlas to page pixels.
        labelled_N: whether a reader should read the character.
        follows_N: whether a stroke comes from the character before it.
    """

    glyphs_N: npt.NDArray[np.int64]
    centers_N2: FloatArray
    scales_N2: FloatArray
    labelled_N: npt.NDArray[np.bool_]
    follows_N: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.glyphs_N)

    @classmethod
    def empty(cls) -> "Writing":
        """Nothing written."""
        return cls(
            np.zeros(0, np.int64),
            np.zeros((0, 2), np.float32),
            np.zeros((0, 2), np.float32),
            np.zeros(0, np.bool_),
            np.zeros(0, np.bool_),
        )

    @classmethod
    def joined(cls, parts: Sequence["Writing"]) -> "Writing":
        """Join writings one after the other."""
        parts = [cls.empty(), *parts]
        columns = ([getattr(part, field.name) for part in parts] for field in fields(cls))
        return cls(*map(np.concatenate, columns))
