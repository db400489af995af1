"""Collects photographed glyphs from labelled pages, book by book, for synthesis to write with."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from model.characters import ImageArray
from model.synthesis.fonts import StrokeSet
from model.synthesis.photographs import photograph_glyphs
from tasks.crop_sources import LabelledPages
from tasks.scans import book_of

PAGES = 200  # of each source at most, evenly spread: more books say more than more pages
GLYPHS = 100  # of a character in a book


def page_strokes(sources: Iterable[LabelledPages]) -> list[StrokeSet]:
    """Photograph the named characters of labelled pages, a set for each character of each book.

    Raises:
        FileNotFoundError: if a scan is missing.
    """
    found: dict[tuple[int, str], list[ImageArray]] = defaultdict(list)
    for source in sources:
        step = -(-len(source.pages) // PAGES)
        for scan, labels in source.pages[::step]:
            if not (labels.codepoints_N >= 0).any():
                continue
            red_HW = source.image(scan)[..., 0]
            for codepoint, photograph_HW in photograph_glyphs(red_HW, labels):
                glyphs = found[codepoint, book_of(scan.key)]
                if len(glyphs) < GLYPHS:
                    glyphs.append(photograph_HW)
    return [
        StrokeSet(codepoint, np.stack(glyphs)) for (codepoint, _), glyphs in sorted(found.items())
    ]
