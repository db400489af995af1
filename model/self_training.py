"""Labels of a page that nobody transcribed, from what the reader itself is sure of.

Shapes: N boxes, C characters of the class list.
"""

import numpy as np

from model.character_set import CharacterSet
from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, Labels
from model.detections import Detections
from model.page import Page
from model.reader import PageReader

# Confidence from which a reading is taken for the truth: of rendered pages in a font that the
# former built-in model (bc254800b08b) had not seen, 0.977 of the readings above it were right.
IS_NAMED = 0.6
IS_CHARACTER = 0.6  # presence from which there is a character, whichever it is
IS_NONE = 0.15  # presence below which there is none


def read_labels(reader: PageReader, page: Page) -> Labels:
    """Label a page by what the reader is sure of, at the scale that it prefers.

    Args:
        reader: finds and names the characters.
        page: the scan.

    Returns:
        Labels in pixels of the full-size page.
    """
    return detections_to_labels(reader.detect_as_read(page), reader.characters)


def detections_to_labels(detections: Detections, characters: CharacterSet) -> Labels:
    """Keep confident names, places without a name, and regions of which nothing is known.

    Args:
        detections: of the reader, those below its threshold too.
        characters: the classes.
    """
    presence_N = detections.presence_N
    likely_N = presence_N > IS_NONE
    codepoint_N = np.full(len(presence_N), IGNORED_CODEPOINT, np.int32)
    codepoint_N[presence_N > IS_CHARACTER] = UNKNOWN_CODEPOINT
    if len(presence_N):
        class_N = detections.log_probabilities_NC.argmax(1)
        confidence_N = presence_N * np.exp(detections.log_probabilities_NC.max(1))
        named_N = confidence_N > IS_NAMED
        codepoint_N[named_N] = characters.codepoints_of(class_N)[named_N]
    return Labels(detections.boxes_N4[likely_N], codepoint_N[likely_N])
