"""What the network sees on a page before a threshold decides what is reported.

Shapes: N detections, C characters of the class list.
"""

from dataclasses import dataclass

from model.characters import FloatArray

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
