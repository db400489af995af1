"""From an alignment to labels that a reader can be trained on.

Shapes: N boxes, R regions.
"""

import numpy as np

from model.alignment.alignment import Alignment
from model.alignment.missed import missed_rectangles
from model.alignment.verdicts import Verdict
from model.characters import IGNORED_CODEPOINT, FloatArray, Labels
from model.detections import Detections

LEAST_COVERAGE = 0.5  # of the text; a page that was aligned worse teaches no background


def alignment_to_labels(
    detections: Detections, alignment: Alignment, width: int, height: int
) -> Labels:
    """Write down what the alignment knows, and ignore what it does not.

    Accepted and relabelled boxes are characters, unnamed ones `UNKNOWN_CODEPOINT`, unsure ones
    `IGNORED_CODEPOINT`; rejected boxes are left out and so become background. Ignored as well are
    the places where characters may have been missed, and of a page of which less than half the
    text has a box everything that is not labelled.

    Args:
        detections: the boxes that were aligned.
        alignment: of these detections.
        width: of the full-size page in pixels.
        height: of the full-size page in pixels.

    Returns:
        Labels in pixels of the full-size page.
    """
    codepoint_N = alignment.codepoint_N.copy()
    codepoint_N[alignment.verdict_N == Verdict.unsure] = IGNORED_CODEPOINT
    kept_N = alignment.verdict_N != Verdict.rejected
    rectangles_R4 = np.array([(0, 0, width, height)], np.float32)
    if alignment.coverage >= LEAST_COVERAGE:
        rectangles_R4 = missed_rectangles(detections.boxes_N4, alignment)
    regions_R4 = _inside(rectangles_R4, width, height)
    return Labels(
        np.concatenate([detections.boxes_N4[kept_N], regions_R4]),
        np.append(codepoint_N[kept_N], np.full(len(regions_R4), IGNORED_CODEPOINT, np.int32)),
    )


def _inside(rectangles_R4: FloatArray, width: int, height: int) -> FloatArray:
    """Clip (left, top, right, bottom) to the page as (x, y, width, height); none is empty."""
    clipped_R4 = rectangles_R4.clip(0, np.array([width, height, width, height], np.float32))
    boxes_R4 = np.hstack([clipped_R4[:, :2], clipped_R4[:, 2:] - clipped_R4[:, :2]])
    return boxes_R4[(boxes_R4[:, 2:] > 0).all(1)]
