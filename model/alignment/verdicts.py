"""What an alignment decides: which character each box is, and which box each character has.

Shapes: N boxes, T characters of the text, K distinct characters, C columns.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from model.alignment.gaps import RealArray
from model.characters import UNKNOWN_CODEPOINT, FloatArray, IntArray
from model.layout import IndexArray, Layout

SURE = 0.9  # posterior from which a character is assigned; docs/alignment.md has what it costs
IS_CHARACTER = 0.6  # posterior of any pair from which a box is a character of the text
IS_NONE = 0.15  # and below which it is none
IS_WRITTEN = 0.5  # mean presence of a column of boxes from which it is taken for writing
IS_FOREIGN = 0.8  # share of a column's boxes that are not of the text
LEAST_COLUMN = 4  # boxes; fewer are more often stains than a column that failed to align


class Verdict(IntEnum):
    """What the text says of a detection."""

    accepted = 0  # the text has the character that the reader names
    relabelled = 1  # the text has another character
    unnamed = 2  # a character of the text, but which one is open
    unsure = 3  # perhaps of the text, perhaps not
    rejected = 4  # not of the text: furigana, a seal, a stain


def judge_boxes(
    confidence_N: FloatArray, paired_N: FloatArray, agrees_N: npt.NDArray[np.bool_]
) -> IndexArray:
    """Give the `Verdict` on each box.

    Args:
        confidence_N: posterior of its most probable character.
        paired_N: posterior of any character.
        agrees_N: whether the reader names that character too.
    """
    named_N = confidence_N > SURE
    return np.select(
        [named_N & agrees_N, named_N, paired_N > IS_CHARACTER, paired_N > IS_NONE],
        [Verdict.accepted, Verdict.relabelled, Verdict.unnamed, Verdict.unsure],
        Verdict.rejected,
    )


def spare_foreign_columns(
    verdict_N: IndexArray, presence_N: FloatArray, layout: Layout, missing: float
) -> IndexArray:
    """Doubt, rather than reject, columns that may be written though the text has nothing of them.

    A heading that nobody transcribed is no background, nor is a column that failed to align: it
    looks written, or the text lacks enough characters to fill half of it.

    Args:
        verdict_N: on each box.
        presence_N: of each box.
        layout: of the boxes.
        missing: number of the text's characters for which no box was found.
    """
    columns = int(layout.column_N.max(initial=-1)) + 1
    rejected_N = verdict_N == Verdict.rejected
    boxes_C = np.bincount(layout.column_N, minlength=columns)
    rejected_C = np.bincount(layout.column_N[rejected_N], minlength=columns)
    presence_C = np.bincount(layout.column_N, presence_N, minlength=columns)
    written_C = presence_C > IS_WRITTEN * boxes_C
    wanted_C = (boxes_C >= LEAST_COLUMN) & (boxes_C <= 2 * missing)
    spared_C = (rejected_C >= IS_FOREIGN * boxes_C) & (written_C | wanted_C)
    return np.where(rejected_N & spared_C[layout.column_N], Verdict.unsure, verdict_N)


def boxes_of_characters(posterior_NT: RealArray) -> tuple[IndexArray, FloatArray]:
    """Each character's box if both are each other's best and sure of it; the best posterior."""
    length = posterior_NT.shape[1]
    if not posterior_NT.size:
        return np.full(length, -1), np.zeros(length, np.float32)
    best_T = posterior_NT.argmax(0)
    confidence_T = posterior_NT.max(0)
    mutual_T = posterior_NT.argmax(1)[best_T] == np.arange(length)
    box_T = np.where(mutual_T & (confidence_T > SURE), best_T, -1)
    return box_T, confidence_T.astype(np.float32)


def characters_of_boxes(
    posterior_NT: RealArray, codepoints_T: IntArray
) -> tuple[IntArray, FloatArray]:
    """Each box' most probable character: the same one at two places of the text counts once."""
    count = len(posterior_NT)
    if not posterior_NT.size:
        return np.full(count, UNKNOWN_CODEPOINT, np.int32), np.zeros(count, np.float32)
    kinds_K, kind_T = np.unique(codepoints_T, return_inverse=True)
    posterior_KN = np.zeros((len(kinds_K), count))
    np.add.at(posterior_KN, kind_T, posterior_NT.T)
    return kinds_K[posterior_KN.argmax(0)], posterior_KN.max(0).astype(np.float32)
