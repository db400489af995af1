"""Pairs the characters of a page's transcription with the boxes that a reader finds on it."""

from model.alignment.alignment import Alignment, align
from model.alignment.page import LONGEST_TEXT, PageAlignment, align_page
from model.alignment.training_labels import alignment_to_labels
from model.alignment.transcribed import text_to_codepoints
from model.alignment.verdicts import Verdict

__all__ = [
    "LONGEST_TEXT",
    "Alignment",
    "PageAlignment",
    "Verdict",
    "align",
    "align_page",
    "alignment_to_labels",
    "text_to_codepoints",
]
