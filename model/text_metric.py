"""Character error rate: how far a text that was read is from its transcription."""

import math
import unicodedata
from dataclasses import dataclass
from typing import Literal, Self

from rapidfuzz.distance import Levenshtein

NormalForm = Literal["NFC", "NFD", "NFKC", "NFKD"]


@dataclass(frozen=True, slots=True)
class TextCounts:
    """Edits and lengths, to be added up over pages before a rate is taken.

    Attributes:
        edits: fewest insertions, deletions and replacements of characters that make the one text
            the other.
        length: characters of the true text.
    """

    edits: int = 0
    length: int = 0

    @property
    def error_rate(self) -> float:
        """Edits per true character (CER); above 1 where much is read that is not there.

        Without true characters it is 0 if nothing was read, else infinity: no rate describes it.
        Added to other pages' counts such a page counts with the characters read in vain.
        """
        if self.length:
            return self.edits / self.length
        return math.inf if self.edits else 0.0

    def __add__(self, other: Self) -> "TextCounts":
        return TextCounts(self.edits + other.edits, self.length + other.length)


def count_edits(truth: str, read: str, normal_form: NormalForm | None = "NFC") -> TextCounts:
    """Compare two texts, white space and line ends left out.

    Args:
        truth: the transcription.
        read: what was read.
        normal_form: Unicode normal form that both are brought into first. NFC, the default, makes
            か with a combining voicing mark equal to が, and replaces CJK compatibility ideographs
            by the characters that Unicode equates with them; None compares code points as they
            are. Variants that merely look alike, hentaigana for one, stay different in NFC.
    """
    truth, read = (_comparable(text, normal_form) for text in (truth, read))
    return TextCounts(Levenshtein.distance(truth, read), len(truth))


def _comparable(text: str, normal_form: NormalForm | None) -> str:
    text = "".join(text.split())
    return unicodedata.normalize(normal_form, text) if normal_form else text
