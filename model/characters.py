"""The values that cross every layer: code points, labelled characters, a page's reading.

Shape suffixes used throughout the project: N characters, K alternatives, H W image rows and
columns, B batch, C channels. Boxes are (x, y, width, height) in pixels, origin top left.
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
ImageArray = npt.NDArray[np.uint8]


_TINY = 1e-9
# Labels may hold two numbers that are no code points; `model.batch` gives them the same classes.
UNKNOWN_CODEPOINT = -1  # there is a character, but nobody knows which
IGNORED_CODEPOINT = -2  # nobody knows what there is: neither a character nor bare paper


def codepoint_to_label(codepoint: int) -> str:
    """Write a code point the way the challenge does: 0x306E -> ``U+306E``."""
    return f"U+{codepoint:04X}"


def label_to_codepoint(label: str) -> int:
    """Read ``U+306E`` as 0x306E.

    Raises:
        ValueError: if the label is not ``U+`` and four to six hexadecimal digits that name a
            Unicode scalar value.
    """
    digits = label.removeprefix("U+")
    if re.fullmatch("U[+][0-9A-Fa-f]{4,6}", label) is None:
        raise ValueError(f"label must be U+ and 4 to 6 hexadecimal digits, got {label!r}")
    codepoint = int(digits, 16)
    if codepoint > 0x10FFFF or 0xD800 <= codepoint <= 0xDFFF:  # noqa: PLR2004
        raise ValueError(f"label must name a Unicode scalar value, got {label!r}")
    return codepoint


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The true characters of one image.

    Attributes:
        boxes_N4: float32 boxes (x, y, width, height) in pixels of that image.
        codepoints_N: int32 Unicode code points, `UNKNOWN_CODEPOINT` or `IGNORED_CODEPOINT`.
    """

    boxes_N4: FloatArray
    codepoints_N: IntArray

    def __len__(self) -> int:
        return len(self.codepoints_N)

    @classmethod
    def empty(cls) -> "Labels":
        """Labels of a blank page."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    """An image with its true characters.

    Attributes:
        image_HW3: uint8 RGB.
        labels: boxes in pixels of this image.
    """

    image_HW3: ImageArray
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class PageReading:
    """The characters that a model reads on one page, in reading order.

    Attributes:
        boxes_N4: float32 boxes (x, y, width, height) in pixels of the upright, full-size page.
        scores_N: float32 confidences in [0, 1] that a character is there and is read right.
        codepoints_NK: int32 code points of the K best alternatives, best first.
        probabilities_NK: float32 class probabilities of those alternatives, descending.
    """

    boxes_N4: FloatArray
    scores_N: FloatArray
    codepoints_NK: IntArray
    probabilities_NK: FloatArray

    def __len__(self) -> int:
        return len(self.scores_N)

    @property
    def confidences(self) -> FloatArray:
        """Confidence of each alternative, NK: the first has the score, all together at most 1.

        A score is presence times probability, or calibrated. What it leaves is shared by the other
        alternatives as their probabilities are, and of those at most what the presence allows.
        """
        best_N1, score_N1 = self.probabilities_NK[:, :1], self.scores_N[:, None]
        presence_N1 = score_N1 / np.maximum(best_N1, _TINY)
        rest_N1 = (1 - score_N1) / np.maximum(1 - best_N1, _TINY)
        confidences_NK = self.probabilities_NK * np.minimum(presence_N1, rest_N1)
        confidences_NK[:, :1] = score_N1
        clipped_NK: FloatArray = confidences_NK.clip(0, 1).astype(np.float32)
        return clipped_NK

    def with_scores_from(self, least_score: float) -> "PageReading":
        """Leave out the characters whose score is below ``least_score``."""
        kept_N = self.scores_N >= least_score
        return PageReading(
            self.boxes_N4[kept_N],
            self.scores_N[kept_N],
            self.codepoints_NK[kept_N],
            self.probabilities_NK[kept_N],
        )

    @classmethod
    def empty(cls, alternatives: int = 5) -> "PageReading":
        """Reading of a page on which nothing was found."""
        return cls(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros((0, alternatives), np.int32),
            np.zeros((0, alternatives), np.float32),
        )
