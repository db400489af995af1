"""What the network sees on a page before a threshold decides what is reported.

Shapes: N detections, C characters of the class list, K alternatives.
"""

from dataclasses import dataclass

import numpy as np

from model.character_set import CharacterSet
from model.characters import FloatArray, PageReading

LEAST_LOG_PROBABILITY = -30.0  # what underflowed or was excluded: e^-30, and no infinity


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Places of a page where characters may be, in no particular order.

    Attributes:
        boxes_N4: float32 boxes (x, y, width, height) in pixels of the upright, full-size page.
        presence_N: float32 probabilities that there is a character: heat map times not rejected.
        log_probabilities_NC: float32 logarithms of each character's probability if there is one.
    """

    boxes_N4: FloatArray
    presence_N: FloatArray
    log_probabilities_NC: FloatArray

    def __len__(self) -> int:
        return len(self.presence_N)


def reading_to_detections(reading: PageReading, characters: CharacterSet) -> Detections:
    """Rebuild detections from a stored reading: what the K alternatives leave is spread evenly.

    Args:
        reading: K alternatives a character; those that the class list lacks count as left over.
        characters: the reader's classes.
    """
    count, classes = len(reading), len(characters.codepoints)
    probabilities_NC = np.zeros((count, classes), np.float32)
    for n, codepoints_K in enumerate(reading.codepoints_NK):
        class_K = characters.classes_of(codepoints_K)
        known_K = class_K >= 0
        probabilities_NC[n, class_K[known_K]] = reading.probabilities_NK[n, known_K]
    rest_N = np.clip(1 - probabilities_NC.sum(1, keepdims=True), 0, 1)
    unseen_NC = probabilities_NC == 0
    probabilities_NC += unseen_NC * rest_N / np.maximum(unseen_NC.sum(1, keepdims=True), 1)
    with np.errstate(divide="ignore"):
        logarithms_NC = np.maximum(np.log(probabilities_NC), LEAST_LOG_PROBABILITY)
    best_N = np.maximum(reading.probabilities_NK[:, 0], 1e-6) if count else reading.scores_N
    presence_N = np.clip(reading.scores_N / best_N, 0, 1)
    return Detections(reading.boxes_N4, presence_N.astype(np.float32), logarithms_NC)
