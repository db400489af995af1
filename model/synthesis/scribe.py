"""Writes columns right to left: spacing, drift, split notes, headings.

Suffixes: N characters, L code points drawn with liberties, M drawn ones of them, F fonts,
G glyphs of the atlas, 2 = (x, y).
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, IntArray
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.corpus import Corpus
from model.synthesis.glosses import EM, write_furigana, write_gloss
from model.synthesis.kana import FIRST_KANJI
from model.synthesis.noise import chance
from model.synthesis.style import PageStyle
from model.synthesis.writing import Writing

# How wide and how tall scribes draw what they draw as they please, relative to the font: the
# least and the most of each. し runs down over the room of several characters, へ lies flat,
# marks are small.
LIBERTIES = {
    "し": (0.7, 1.2, 0.8, 2.6), "〱": (0.8, 1.2, 1.2, 3.2), "〲": (0.8, 1.2, 1.2, 3.2),
    "へ": (0.9, 1.6, 0.45, 1.0), "く": (0.7, 1.1, 0.8, 1.6), "り": (0.7, 1.1, 0.8, 1.5),
    "う": (0.7, 1.1, 0.7, 1.3), "つ": (0.8, 1.4, 0.7, 1.1), "と": (0.7, 1.1, 0.8, 1.2),
    "一": (0.7, 1.2, 0.8, 1.6), "△": (0.4, 0.9, 0.5, 0.9), "▲": (0.4, 0.9, 0.5, 0.9),
    "○": (0.5, 1.1, 0.5, 0.9), "●": (0.4, 1.0, 0.4, 0.8), "・": (0.7, 1.4, 0.7, 1.2),
}  # fmt: skip
FREE_L = np.array(sorted(map(ord, LIBERTIES)), np.int32)
LEAST_L2, MOST_L2 = np.moveaxis(
    np.array([LIBERTIES[chr(c)] for c in FREE_L.tolist()]).reshape(-1, 2, 2), 2, 0
)


class Scribe:
    """Writes in one style, choosing glyphs as one hand would."""

    def __init__(
        self, atlas: GlyphAtlas, corpus: Corpus, rng: np.random.Generator, style: PageStyle
    ) -> None:
        """Choose the page's preferences among fonts."""
        self.atlas, self.corpus, self.rng, self.style = atlas, corpus, rng, style
        taste_F = rng.lognormal(0, 0.8, int(atlas.sources_G.max()) + 1)
        self._cumulative_G = np.cumsum(atlas.weights_G * taste_F[atlas.sources_G])

    def column_positions(self, left: float, right: float) -> list[float]:
        """Place the middles of columns from right to left."""
        pitch = self.style.pitch * self.style.size
        count = int((right - left) / pitch * 1.1) + 1
        steps = pitch * self.rng.uniform(0.95, 1.05, count)
        xs_N = right - np.cumsum(steps) + pitch / 2
        return [float(x) for x in xs_N if x > left + 0.4 * pitch]

    def write_columns(self, xs: list[float], top: float, bottom: float) -> Writing:
        """Write columns around the given middles between two heights."""
        style, rng = self.style, self.rng
        parts: list[Writing] = []
        for x in xs:
            start = top + style.size * abs(rng.normal(0, 0.15))
            if chance(rng, 0.08):  # indented
                start += style.size * rng.uniform(1, 3)
            end = bottom
            if chance(rng, style.ragged):
                end = top + (bottom - top) * rng.uniform(0.1, 1)
            shift = rng.normal(0, 0.04) * style.pitch * style.size
            parts.extend(self._write_column(x + shift, start, end))
            if chance(rng, style.glosses):
                parts.append(write_gloss(self.atlas, rng, style, x, start, end))
        return Writing.joined(parts)

    def _write_column(self, x: float, top: float, bottom: float) -> Iterator[Writing]:
        """Write a column: plain, as a heading, or with a split note in its middle."""
        size, rng = self.style.size, self.rng
        if chance(rng, self.style.headings):
            size *= rng.uniform(1.2, 2.0)
        if bottom <= top or not chance(rng, self.style.notes):
            yield from self._write_strip(x, top, bottom, size)
            return
        first, second = np.sort(rng.uniform(top, bottom, 2)).tolist()
        yield from self._write_strip(x, top, first, size)
        for side in (0.5, -0.5):
            yield from self._write_strip(x + side * size, first, second - size, size * 0.55)
        yield from self._write_strip(x, second, bottom, size)

    def _write_strip(self, x: float, top: float, bottom: float, size: float) -> Iterator[Writing]:
        """Write characters of one size downwards until the room is used up."""
        count = int((bottom - top) / (0.5 * size))
        if count < 1:
            return
        style, rng = self.style, self.rng
        codepoints_N = self.corpus.sample(rng, count)
        codepoints_N = codepoints_N[self.atlas.covers(codepoints_N)]
        count = len(codepoints_N)
        if not count:
            return
        glyphs_N = self._choose_glyphs(codepoints_N)
        scales_N2 = self._draw_scales(codepoints_N, size)
        heights_N = self.atlas.shapes_G2[glyphs_N, 0] * scales_N2[:, 1]
        gaps_N = size * rng.normal(style.gap, style.gap_spread, count)
        gaps_N += size * rng.uniform(0.2, 1.2, count) * (rng.random(count) < style.pauses)
        bottoms_N = top + np.cumsum(heights_N + np.maximum(gaps_N, -0.4 * heights_N))
        wander_N = np.cumsum(rng.normal(0, style.waviness / 4, count))
        wander_N += rng.normal(0, style.waviness / 2 + 0.03, count)
        lean = style.lean + rng.normal(0, 0.004)
        xs_N = x + size * np.clip(wander_N, -0.35, 0.35) + lean * (bottoms_N - top)
        fits = int(np.searchsorted(np.maximum.accumulate(bottoms_N), bottom))
        writing = Writing(
            glyphs_N[:fits],
            np.stack([xs_N, bottoms_N - heights_N / 2], 1).astype(np.float32)[:fits],
            scales_N2[:fits],
            np.ones(fits, np.bool_),
            self._draw_joins(codepoints_N[:fits]),
        )
        yield writing
        if style.furigana and size >= style.size:
            yield write_furigana(self.atlas, rng, style, writing, codepoints_N[:fits])

    def _draw_joins(self, codepoints_N: IntArray) -> npt.NDArray[np.bool_]:
        """Draw which characters are joined to the one above: kana rather than kanji."""
        kanji_N = codepoints_N >= FIRST_KANJI
        odds_N = self.style.connection * np.where(kanji_N, 0.5, 1.0)
        joins_N = self.rng.random(len(codepoints_N)) < odds_N
        joins_N[:1] = False
        return np.asarray(joins_N, np.bool_)

    def _draw_scales(self, codepoints_N: IntArray, size: float) -> FloatArray:
        """Draw how large, how tall each character is written."""
        style, rng, count = self.style, self.rng, len(codepoints_N)
        em_N = np.where(codepoints_N >= FIRST_KANJI, style.kanji, 1.0) * (size * EM)
        em_N *= rng.lognormal(0, style.size_spread, count) / self.atlas.size
        stretch_N = np.sqrt(style.aspect) * rng.lognormal(0, 0.17, count)
        scales_N2 = np.stack([em_N / stretch_N, em_N * stretch_N], 1)
        kinds_N = np.minimum(np.searchsorted(FREE_L, codepoints_N), len(FREE_L) - 1)
        free_M = np.flatnonzero(FREE_L[kinds_N] == codepoints_N)
        kinds_M = kinds_N[free_M]
        scales_N2[free_M] *= rng.uniform(LEAST_L2[kinds_M], MOST_L2[kinds_M])
        return scales_N2.astype(np.float32)

    def _choose_glyphs(self, codepoints_N: IntArray) -> npt.NDArray[np.int64]:
        """Draw a glyph of each code point by the atlas' shares and the page's taste."""
        first_N = np.searchsorted(self.atlas.codepoints_G, codepoints_N, side="left")
        last_N = np.searchsorted(self.atlas.codepoints_G, codepoints_N, side="right") - 1
        low_N = np.where(first_N > 0, self._cumulative_G[first_N - 1], 0.0)
        high_N = self._cumulative_G[last_N]
        picks_N = low_N + self.rng.random(len(codepoints_N)) * (high_N - low_N)
        found_N = np.searchsorted(self._cumulative_G, picks_N, side="right")
        return np.clip(found_N, first_N, last_N)
