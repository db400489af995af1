"""What speaks for a pair of a box and a character, and for a box alone.

Shapes: N boxes, C characters of the class list, T characters of the text.
"""

from dataclasses import dataclass

import numpy as np

from model.alignment.gaps import RealArray
from model.character_set import CharacterSet
from model.characters import FloatArray, IntArray
from model.detections import Detections
from model.layout import IndexArray, Role

TRUST = 0.7  # share of the evidence that the reader gives; the rest is what chance would give
CAP = 6.0  # one box never outweighs a jump, which costs some 8
SMOOTHING = 0.5  # characters added to each class' count
FURIGANA_IS_TEXT = 0.15  # odds that what looks like furigana is text, times its presence
PRESENCE_RANGE = (0.02, 0.9)  # the reader is never quite sure


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Log-odds for the alignment.

    Attributes:
        pair_NT: of box and character belonging together, the box' presence included.
        alone_N: log-probability that the box is not of the text.
    """

    pair_NT: RealArray
    alone_N: RealArray


def gather_evidence(
    detections: Detections, role_N: IndexArray, codepoints_T: IntArray, characters: CharacterSet
) -> Evidence:
    """Compare each box with each character of the text.

    log((1 - e) p / prior + e), at most `CAP`, with p the reader's probability of the character
    and 1 - e its `TRUST`. A character that the class list lacks fits every box alike.
    """
    class_T = characters.classes_of(codepoints_T)
    known_T = class_T >= 0
    prior_T = _prior(class_T[known_T], len(characters.codepoints))
    ratio_NT = np.ones((len(detections), len(class_T)))
    probabilities_NT = np.exp(detections.log_probabilities_NC[:, class_T[known_T]], dtype=float)
    ratio_NT[:, known_T] = TRUST * probabilities_NT / prior_T + (1 - TRUST)
    presence_N = _presence(detections.presence_N, role_N)
    fits_NT: RealArray = np.minimum(np.log(ratio_NT), CAP)
    return Evidence(fits_NT + np.log(presence_N)[:, None], np.log1p(-presence_N))


def _prior(class_T: IndexArray, classes: int) -> RealArray:
    """The share in the text of each of its characters, smoothed over all classes."""
    counted_C = np.bincount(class_T, minlength=classes) + SMOOTHING
    prior_T: RealArray = (counted_C / counted_C.sum())[class_T]
    return prior_T


def _presence(presence_N: FloatArray, role_N: IndexArray) -> RealArray:
    furigana_N = np.where(role_N == Role.furigana, FURIGANA_IS_TEXT, 1.0)
    clipped_N: RealArray = np.clip(presence_N.astype(float) * furigana_N, *PRESENCE_RANGE)
    return clipped_N
