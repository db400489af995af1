"""Every glyph of every class, drawn once, so that a page is only pasted together."""

import io
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, ImageArray, IntArray
from model.synthesis.brush import BrushSource
from model.synthesis.fonts import FontSource, StrokeSet, crop_ink, rasterizer, stroke_glyphs
from model.synthesis.kana import (
    HANDAKUTEN,
    MOTHER_KANJI,
    REPEAT_MARKS,
    is_kana,
    kana_to_hentaigana,
    split_voicing,
)
from model.synthesis.kanji import older_forms, simplified_forms


class Hand(IntEnum):
    """The way in which a glyph writes its character."""

    MODERN = 0
    HENTAIGANA = 1
    MOTHER_KANJI = 2
    PHOTOGRAPH = 3
    CURSIVE = 4
    SEMICURSIVE = 5
    BRUSH = 6
    PRINT = 7
    WRITTEN = 8


# Shares of a class' occurrences; renormalized over the hands that a class has. Kana after the
# mix of a trial on real pages, a quarter of them photographs where there are any.
SHARE = {
    Hand.MODERN: 0.44, Hand.HENTAIGANA: 0.46, Hand.MOTHER_KANJI: 0.10, Hand.PHOTOGRAPH: 1 / 3,
    Hand.CURSIVE: 0.50, Hand.SEMICURSIVE: 0.30, Hand.BRUSH: 0.20, Hand.PRINT: 1.0,
    Hand.WRITTEN: 0.50,
}  # fmt: skip

# The hands that kanji have by the style of a font; hentaigana fonts have none.
KANJI_HANDS = {
    "cursive": Hand.CURSIVE, "semicursive": Hand.SEMICURSIVE, "brush": Hand.BRUSH,
    "print": Hand.PRINT, "written": Hand.WRITTEN,
}  # fmt: skip

GlyphSource = FontSource | BrushSource
Glyph = tuple[int, Hand, int, ImageArray]  # code point, hand, source number, alpha


@dataclass(frozen=True, slots=True, eq=False)
class GlyphAtlas:
    """Alpha images of all glyphs, sorted by code point.

    Attributes:
        size: pixels per em.
        codepoints_G: int32 label of each glyph, ascending.
        hands_G: uint8 `Hand` of each glyph.
        sources_G: int32 number of the font (or stroke set) each glyph comes from.
        shapes_G2: int32 height and width of each glyph in pixels.
        pixels_P: uint8 alpha of all glyphs, row by row, one after the other.
        offsets_G: int64 position of each glyph in `pixels_P`.
        weights_G: float32 share of its code point's occurrences that a glyph draws.
    """

    size: int
    codepoints_G: IntArray
    hands_G: npt.NDArray[np.uint8]
    sources_G: IntArray
    shapes_G2: IntArray
    pixels_P: ImageArray
    offsets_G: npt.NDArray[np.int64]
    weights_G: FloatArray

    def __len__(self) -> int:
        return len(self.codepoints_G)

    def alpha(self, glyph: int) -> ImageArray:
        """Give the tight uint8 alpha image (height, width) of a glyph."""
        height, width = self.shapes_G2[glyph]
        start = self.offsets_G[glyph]
        return self.pixels_P[start : start + height * width].reshape(height, width)

    def covers(self, codepoints_N: IntArray) -> npt.NDArray[np.bool_]:
        """Tell for each code point whether the atlas has a glyph."""
        found_N = np.searchsorted(self.codepoints_G, codepoints_N)
        return np.equal(self.codepoints_G[np.minimum(found_N, len(self) - 1)], codepoints_N)

    def uncovered(self, codepoints: Iterable[int]) -> list[int]:
        """List the code points without a glyph: classes that synthesis cannot teach."""
        known = set(self.codepoints_G.tolist())
        return [codepoint for codepoint in codepoints if codepoint not in known]

    def save(self, target: Path | BinaryIO) -> None:
        """Write the atlas as a compressed NumPy archive, without pickles."""
        np.savez_compressed(
            target,
            size=np.int32(self.size),
            codepoints=self.codepoints_G,
            hands=self.hands_G,
            sources=self.sources_G,
            shapes=self.shapes_G2,
            pixels=self.pixels_P,
        )

    @classmethod
    def load(cls, source: Path | BinaryIO | bytes) -> "GlyphAtlas":
        """Read what `save` wrote."""
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        with np.load(file, allow_pickle=False) as fields:
            return _index(
                int(fields["size"]),
                fields["codepoints"],
                fields["hands"],
                fields["sources"],
                fields["shapes"],
                fields["pixels"],
            )


def build_atlas(
    fonts: Sequence[GlyphSource],
    codepoints: Sequence[int],
    strokes: Sequence[StrokeSet] = (),
    size: int = 60,
) -> GlyphAtlas:
    """Draw every way in which the fonts and strokes can write each code point.

    Args:
        fonts: where glyphs come from, hands that write from stroke order among them; `print` fonts
            only fill what all others leave out.
        codepoints: the classes to draw.
        strokes: photographed glyphs, as further variants of their characters.
        size: pixels per em.

    Raises:
        ValueError: if nothing at all could be drawn.
    """
    wanted = sorted(set(codepoints))
    glyphs = [
        g for number, font in enumerate(fonts) for g in _font_glyphs(font, number, wanted, size)
    ]
    glyphs += _photographs(strokes, set(wanted), len(fonts), size)
    drawn = {glyph[0] for glyph in glyphs if glyph[1] != Hand.PRINT}
    glyphs = [g for g in glyphs if g[1] != Hand.PRINT or g[0] not in drawn]
    if not glyphs:
        raise ValueError(f"fonts must draw some of the {len(wanted)} code points, drew none")
    glyphs.sort(key=lambda glyph: glyph[:3])
    return _index(
        size,
        np.array([g[0] for g in glyphs], np.int32),
        np.array([g[1] for g in glyphs], np.uint8),
        np.array([g[2] for g in glyphs], np.int32),
        np.array([g[3].shape for g in glyphs], np.int32),
        np.concatenate([g[3].ravel() for g in glyphs]),
    )


def _index(
    size: int,
    codepoints_G: IntArray,
    hands_G: npt.NDArray[np.uint8],
    sources_G: IntArray,
    shapes_G2: IntArray,
    pixels_P: ImageArray,
) -> GlyphAtlas:
    """Derive where each glyph lies and how often it is used."""
    areas_G = shapes_G2.prod(axis=1, dtype=np.int64)
    offsets_G = np.cumsum(areas_G) - areas_G
    # Equal shares among the sources of a hand, then among a source's glyphs: a font with fifteen
    # rare variants of か must not outweigh one with its two common ones.
    hand_G = codepoints_G.astype(np.int64) * len(Hand) + hands_G
    source_G = hand_G * (int(sources_G.max()) + 1) + sources_G
    hands_S, inverse_G, glyphs_S = np.unique(
        source_G, return_index=True, return_inverse=True, return_counts=True
    )[1:]
    _, sources_H = np.unique(hand_G[hands_S], return_counts=True)
    per_hand_G = np.repeat(sources_H, np.unique(hand_G, return_counts=True)[1])
    share_G = np.array([SHARE[hand] for hand in Hand])[hands_G]
    weights_G = (share_G / per_hand_G / glyphs_S[inverse_G]).astype(np.float32)
    return GlyphAtlas(
        size, codepoints_G, hands_G, sources_G, shapes_G2, pixels_P, offsets_G, weights_G
    )


def _font_glyphs(font: GlyphSource, number: int, wanted: list[int], size: int) -> Iterator[Glyph]:
    """Draw what one font or brush contributes to each wanted code point."""
    draw = font.rasterizer(size) if isinstance(font, BrushSource) else rasterizer(font, size)
    classes = frozenset(wanted)
    for codepoint in wanted:
        for hand, written in _spellings(font, codepoint, classes):
            alpha_HW = draw(written)
            if alpha_HW is None:
                continue
            _, mark = split_voicing(codepoint)
            if mark and written != codepoint:
                alpha_HW = _with_voicing(alpha_HW, mark, size)
            yield codepoint, hand, number, alpha_HW


def _spellings(
    font: GlyphSource, codepoint: int, wanted: Container[int]
) -> Iterator[tuple[Hand, int]]:
    """List the characters that a font can draw for a code point, voicing marks left out."""
    if not is_kana(codepoint):
        if codepoint in REPEAT_MARKS and font.style not in ("hentaigana", "print"):
            codepoint = REPEAT_MARKS[codepoint]  # few fonts have the mark, all have its shape
        hand = KANJI_HANDS.get(font.style)
        if hand is not None:
            forms = [codepoint, *_other_forms(hand, codepoint)]
            yield from ((hand, form) for form in forms if form == codepoint or form not in wanted)
        return
    base, _ = split_voicing(codepoint)
    if font.style == "hentaigana":
        yield Hand.HENTAIGANA, codepoint
        for variant in kana_to_hentaigana(base):
            yield Hand.HENTAIGANA, variant
        return
    if font.style == "written":
        return
    yield (Hand.PRINT if font.style == "print" else Hand.MODERN), codepoint
    if font.style == "cursive":
        for kanji in MOTHER_KANJI.get(chr(base), ""):
            yield Hand.MOTHER_KANJI, ord(kanji)


def _other_forms(hand: Hand, codepoint: int) -> list[int]:
    """List how else a hand writes a kanji: as it was before reforms, or already simplified."""
    if hand == Hand.PRINT:
        return []
    # What China simplified are often cursive forms: a scribe's 時 is 时.
    simplified = simplified_forms(codepoint) if hand in (Hand.CURSIVE, Hand.SEMICURSIVE) else []
    return [*older_forms(codepoint), *simplified]


def _photographs(
    strokes: Sequence[StrokeSet], wanted: set[int], first: int, size: int
) -> Iterator[Glyph]:
    """Add photographed glyphs, also under the voiced forms of their kana."""
    for number, stroke_set in enumerate(strokes, first):
        labels = [c for c in wanted if is_kana(c) and split_voicing(c)[0] == stroke_set.codepoint]
        labels = labels or [c for c in wanted if c == stroke_set.codepoint]
        for alpha_HW in stroke_glyphs(stroke_set, size):
            for label in labels:
                mark = split_voicing(label)[1]
                glyph_HW = _with_voicing(alpha_HW, mark, size) if mark else alpha_HW
                yield label, Hand.PHOTOGRAPH, number, glyph_HW


def _with_voicing(alpha_HW: ImageArray, mark: str, size: int) -> ImageArray:
    """Write a voicing mark at a glyph's upper right."""
    reach = size // 6
    canvas_HW = np.pad(alpha_HW, ((reach // 2, 0), (0, reach)))
    right, thick = canvas_HW.shape[1], max(1, size // 24)
    if mark == HANDAKUTEN:
        cv2.circle(canvas_HW, (right - reach, reach), reach // 2, 255, thick, cv2.LINE_AA)
        return crop_ink(canvas_HW)
    for shift in (0, reach * 2 // 3):
        start = (right - reach * 5 // 3 + shift, reach // 3 + 1)
        cv2.line(canvas_HW, start, (start[0] + reach // 3, reach), 255, thick, cv2.LINE_AA)
    return crop_ink(canvas_HW)
