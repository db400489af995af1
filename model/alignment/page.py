"""From a page and its transcription to labels, at the scale at which most of the text is found."""

from dataclasses import dataclass

import numpy as np

from model.alignment.alignment import Alignment, align
from model.alignment.pair_hmm import MAX_CELLS
from model.alignment.training_labels import alignment_to_labels
from model.alignment.transcribed import text_to_codepoints
from model.characters import IntArray, Labels
from model.decode import MAXIMUM_CHARACTERS
from model.detections import Detections
from model.page import Page, sides_to_try
from model.reader import PageReader

# So many characters can be aligned whatever a reader finds on the page: about a book of them.
LONGEST_TEXT = MAX_CELLS // MAXIMUM_CHARACTERS


@dataclass(frozen=True, slots=True, eq=False)
class PageAlignment:
    """A page that was brought together with its text.

    Attributes:
        long_side: pixels to which the page's longer side was reduced.
        detections: at that scale, in pixels of the full-size page.
        alignment: of these detections with the text.
        labels: for training, in pixels of the full-size page.
    """

    long_side: int
    detections: Detections
    alignment: Alignment
    labels: Labels


def align_page(reader: PageReader, page: Page, text: str) -> PageAlignment:
    """Align a page with its transcription, at each scale that the reader tries.

    The scale at which most characters get a box is kept; the text tells it more reliably than the
    reader's own confidence.

    Args:
        reader: finds and names the characters.
        page: the scan.
        text: its transcription in reading order; white space and line ends do not matter.

    Raises:
        ValueError: if the text is much too long for a page; never up to ``LONGEST_TEXT``.
    """
    codepoints_T = text_to_codepoints(text)
    tried = [_at_scale(reader, page, codepoints_T, side) for side in sides_to_try(page)]
    return max(tried, key=lambda aligned: float(np.sum(aligned.alignment.box_T >= 0)))


def _at_scale(
    reader: PageReader, page: Page, codepoints_T: IntArray, long_side: int
) -> PageAlignment:
    detections = reader.detect(page, long_side)
    alignment = align(detections, codepoints_T, reader.characters)
    labels = alignment_to_labels(detections, alignment, page.width, page.height)
    return PageAlignment(long_side, detections, alignment, labels)
