"""The characters of a transcription as the alignment takes them."""

import re
import unicodedata

import numpy as np

from model.characters import UNKNOWN_CODEPOINT, IntArray

ILLEGIBLE = frozenset("□■〓")  # how transcribers mark a character that they cannot read
_VOICED = re.compile(".[\u3099\u309a]")


def text_to_codepoints(text: str) -> IntArray:
    """Return a text's characters in reading order, white space and line ends left out.

    A kana with a combining voicing mark is one character where Unicode has it; nothing else is
    normalized. A mark for an illegible character is `UNKNOWN_CODEPOINT`: there is one, which no
    one can name.
    """
    composed = _VOICED.sub(lambda kana: unicodedata.normalize("NFC", kana[0]), text)
    characters = "".join(composed.split())
    return np.array([UNKNOWN_CODEPOINT if c in ILLEGIBLE else ord(c) for c in characters], np.int32)
