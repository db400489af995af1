"""Brings the boxes of a page and its transcription together.

Shapes: N boxes, T characters of the text.
"""

from dataclasses import dataclass

import numpy as np

from model.alignment.evidence import gather_evidence
from model.alignment.gaps import Gaps, RealArray
from model.alignment.pair_hmm import Page, pair_posterior
from model.alignment.room import room_between
from model.alignment.verdicts import (
    Verdict,
    boxes_of_characters,
    characters_of_boxes,
    judge_boxes,
    spare_foreign_columns,
)
from model.character_set import CharacterSet
from model.characters import UNKNOWN_CODEPOINT, FloatArray, IntArray
from model.detections import Detections
from model.layout import IndexArray, Layout
from model.reading_order import page_layout

GAPS = Gaps()


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """A page's boxes and its text, brought together.

    Attributes:
        codepoints_T: int32 characters of the text.
        box_T: int64 index of each character's box, -1 for none.
        confidence_T: float32 posterior of that pair; of the best one where there is no box.
        found_T: float32 posterior that any box holds the character.
        verdict_N: int64 `Verdict` on each box.
        codepoint_N: int32 code point of each box; `UNKNOWN_CODEPOINT` unless it was accepted or
            relabelled.
        confidence_N: float32 posterior that the box holds that character; of the best guess where
            it has none.
        paired_N: float32 posterior that the box holds any character of the text.
        layout: of the boxes.
    """

    codepoints_T: IntArray
    box_T: IndexArray
    confidence_T: FloatArray
    found_T: FloatArray
    verdict_N: IndexArray
    codepoint_N: IntArray
    confidence_N: FloatArray
    paired_N: FloatArray
    layout: Layout

    @property
    def coverage(self) -> float:
        """Share of the text's characters that have a box; 1 if there is no text."""
        return float((self.box_T >= 0).mean()) if len(self.box_T) else 1.0


def align(detections: Detections, codepoints_T: IntArray, characters: CharacterSet) -> Alignment:
    """Find for each character of a text its box on the page, and for each box what it is.

    Args:
        detections: of one page, also those below the threshold of reporting.
        codepoints_T: the text in reading order, columns not marked, furigana left out.
        characters: the classes of the detections.

    Raises:
        ValueError: if page and text are so large that memory would not suffice.
    """
    layout = page_layout(detections.boxes_N4)
    posterior_NT = _posterior(detections, layout, codepoints_T, characters)
    box_T, confidence_T = boxes_of_characters(posterior_NT)
    codepoint_N, confidence_N = characters_of_boxes(posterior_NT, codepoints_T)
    confidence_N = np.where(codepoint_N == UNKNOWN_CODEPOINT, 0, confidence_N).astype(np.float32)
    paired_N = posterior_NT.sum(1).astype(np.float32)
    best_N = characters.codepoints_of(detections.log_probabilities_NC.argmax(1))
    verdict_N = judge_boxes(confidence_N, paired_N, best_N == codepoint_N)
    named_N = verdict_N <= Verdict.relabelled
    found_T = posterior_NT.sum(0).astype(np.float32)
    missing = float((1 - found_T).sum())
    return Alignment(
        codepoints_T=codepoints_T,
        box_T=box_T,
        confidence_T=confidence_T,
        found_T=found_T,
        verdict_N=spare_foreign_columns(verdict_N, detections.presence_N, layout, missing),
        codepoint_N=np.where(named_N, codepoint_N, UNKNOWN_CODEPOINT).astype(np.int32),
        confidence_N=confidence_N,
        paired_N=paired_N,
        layout=layout,
    )


def _posterior(
    detections: Detections, layout: Layout, codepoints_T: IntArray, characters: CharacterSet
) -> RealArray:
    """Posterior of each pair; rows are in the order of the boxes."""
    evidence = gather_evidence(detections, layout.role_N, codepoints_T, characters)
    order_N = layout.order_N
    page = Page(
        pair_NT=evidence.pair_NT[order_N],
        alone_N=evidence.alone_N[order_N],
        room=room_between(detections.boxes_N4, layout),
        starts_N=np.diff(layout.column_N[order_N], prepend=-1) != 0,
    )
    posterior_NT = np.empty(evidence.pair_NT.shape)
    posterior_NT[order_N] = pair_posterior(page, GAPS)
    return _used_once(posterior_NT)


def _used_once(posterior_NT: RealArray) -> RealArray:
    """Settle characters that jumps back have paired more than once in favour of the surest box."""
    squares_NT = posterior_NT**2
    shared_NT = squares_NT / np.maximum(squares_NT.sum(0), np.finfo(float).tiny)
    once_NT: RealArray = np.where(
        posterior_NT.sum(0) > 1, np.minimum(shared_NT, posterior_NT), posterior_NT
    )
    return once_NT
