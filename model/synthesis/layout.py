"""Where characters stand: right-to-left columns, split notes, furigana.

Suffixes: N characters, 2 = (x, y). Lengths are pixels unless they are said to be in units of the
character size, the median square root of a character box' area.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, IntArray
from model.synthesis.atlas import GlyphAtlas, Hand
from model.synthesis.corpus import Corpus

# Glyphs of brush fonts fill 0.66 em (root of the ink box' area, median over kana and kanji).
FILL = 0.72
LONG = np.array([ord("し"), 0x3031, 0x3033], np.int32)  # the latter two: kana repeat marks


@dataclass(frozen=True, slots=True)
class PageStyle:
    """How one scribe and carver wrote one page; ranges follow 50 labelled pages of real layout.

    Attributes:
        size: character size in pixels.
        pitch: distance of columns, in character sizes.
        gap: mean vertical space between characters, in character sizes; negative overlaps.
        gap_spread: standard deviation of that space.
        aspect: how much taller than wide glyphs are drawn than in the font.
        size_spread: standard deviation of the logarithm of glyph sizes.
        kanji: size of kanji relative to kana.
        slant: shear of every glyph, as the tangent of its angle.
        tilt: rotation of the page in radians.
        waviness: horizontal wander within a column, in character sizes.
        connection: probability that a stroke runs on to the next character.
        furigana: share of kanji with small unlabelled kana at their right.
        notes: probability that a column holds a split note.
        ragged: probability that a column ends early.
    """

    size: float
    pitch: float
    gap: float
    gap_spread: float
    aspect: float
    size_spread: float
    kanji: float
    slant: float
    tilt: float
    waviness: float
    connection: float
    furigana: float
    notes: float
    ragged: float


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Glyphs to draw, in reading order within their column.

    Attributes:
        glyphs_N: int numbers of glyphs in the atlas.
        centers_N2: float32 centres.
        scales_N2: float32 scale from atlas to page pixels.
        labelled_N: whether a reader should read the character.
        follows_N: whether a stroke comes from the character before it.
    """

    glyphs_N: npt.NDArray[np.int64]
    centers_N2: FloatArray
    scales_N2: FloatArray
    labelled_N: npt.NDArray[np.bool_]
    follows_N: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.glyphs_N)


def concatenate(parts: list[Writing]) -> Writing:
    """Join writings; nothing joined is nothing written."""
    if not parts:
        return Writing(
            np.zeros(0, np.int64), np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32),
            np.zeros(0, np.bool_), np.zeros(0, np.bool_),
        )  # fmt: skip
    return Writing(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Writing)
        )
    )


def draw_style(rng: np.random.Generator, size: float) -> PageStyle:
    """Draw the style of a page whose characters measure about `size` pixels."""
    furigana = rng.random()
    return PageStyle(
        size=size,
        pitch=rng.uniform(1.45, 2.4),
        gap=rng.normal(0.06, 0.1),
        gap_spread=rng.uniform(0.08, 0.22),
        aspect=rng.uniform(1.05, 1.65),
        size_spread=rng.uniform(0.06, 0.2),
        kanji=rng.uniform(1.05, 1.45),
        slant=rng.normal(0, 0.06),
        tilt=rng.normal(0, 0.012),
        waviness=rng.uniform(0.0, 0.16),
        connection=max(0.0, rng.uniform(-0.3, 0.7)),
        furigana=rng.uniform(0.5, 1) if furigana < 0.35 else 0.1 * (furigana < 0.45),  # noqa: PLR2004
        notes=0.25 * (rng.random() < 0.2),  # noqa: PLR2004
        ragged=rng.choice([0.03, 0.3]),
    )


class Scribe:
    """Writes columns in one style, choosing glyphs as one hand would."""

    def __init__(
        self, atlas: GlyphAtlas, corpus: Corpus, rng: np.random.Generator, style: PageStyle
    ) -> None:
        """Choose the page's preferences among fonts."""
        self.atlas, self.corpus, self.rng, self.style = atlas, corpus, rng, style
        taste_F = rng.lognormal(0, 0.8, int(atlas.sources_G.max()) + 1)
        self._weights_G = np.cumsum(atlas.weights_G * taste_F[atlas.sources_G])
        self._ruby_G = np.flatnonzero(
            (atlas.hands_G <= Hand.HENTAIGANA)
            & (atlas.codepoints_G >= ord("あ"))
            & (atlas.codepoints_G <= ord("ん"))
        )

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
            start = top + style.size * abs(rng.normal(0, 0.15)) + self._indent()
            end = bottom
            if rng.random() < style.ragged:
                end = top + (bottom - top) * rng.uniform(0.1, 1)
            shift = rng.normal(0, 0.04) * style.pitch * style.size
            if end > start:  # an indented column that ends early may have no room
                parts.extend(self._write_column(x + shift, start, end))
        return concatenate(parts)

    def _indent(self) -> float:
        return self.style.size * self.rng.uniform(1, 3) if self.rng.random() < 0.08 else 0.0  # noqa: PLR2004

    def _write_column(self, x: float, top: float, bottom: float) -> Iterator[Writing]:
        """Write a column, some with a note split into two narrow columns in its middle."""
        size, rng = self.style.size, self.rng
        if rng.random() >= self.style.notes:
            yield from self._write_strip(x, top, bottom, size)
            return
        first, second = np.sort(rng.uniform(top, bottom, 2))
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
        glyphs_N = self._choose_glyphs(codepoints_N)
        count = len(glyphs_N)
        if not count:
            return
        large_N = np.where(codepoints_N >= 0x3400, style.kanji, 1.0)  # noqa: PLR2004 - kanji
        em_N = size / FILL / self.atlas.size * large_N * 0.93
        em_N = em_N * rng.lognormal(0, style.size_spread, count)
        stretch_N = np.sqrt(style.aspect) * rng.lognormal(0, 0.08, count)
        scales_N2 = np.stack([em_N / stretch_N, em_N * stretch_N * self._length(codepoints_N)], 1)
        heights_N = self.atlas.shapes_G2[glyphs_N, 0] * scales_N2[:, 1]
        gaps_N = size * rng.normal(style.gap, style.gap_spread, count)
        gaps_N = np.maximum(gaps_N, -0.4 * heights_N)
        bottoms_N = top + np.cumsum(heights_N + gaps_N)
        fits = int(np.searchsorted(np.maximum.accumulate(bottoms_N), bottom))
        wander_N = np.cumsum(rng.normal(0, style.waviness / 2, count)) * 0.5
        wander_N += rng.normal(0, style.waviness / 2 + 0.03, count)
        xs_N = x + size * np.clip(wander_N, -0.35, 0.35)
        writing = Writing(
            glyphs_N[:fits],
            np.stack([xs_N, bottoms_N - heights_N / 2], 1).astype(np.float32)[:fits],
            scales_N2.astype(np.float32)[:fits],
            np.ones(fits, np.bool_),
            ((rng.random(count) < style.connection) & (np.arange(count) > 0))[:fits],
        )
        yield writing
        if style.furigana and size == style.size:
            yield from self._write_furigana(writing, codepoints_N[:fits])

    def _choose_glyphs(self, codepoints_N: IntArray) -> npt.NDArray[np.int64]:
        """Draw a glyph of each code point by the atlas' shares and the page's taste."""
        first_N = np.searchsorted(self.atlas.codepoints_G, codepoints_N, side="left")
        last_N = np.searchsorted(self.atlas.codepoints_G, codepoints_N, side="right") - 1
        low_N = np.where(first_N > 0, self._weights_G[first_N - 1], 0.0)
        high_N = self._weights_G[last_N]
        picks_N = low_N + self.rng.random(len(codepoints_N)) * (high_N - low_N)
        found_N = np.searchsorted(self._weights_G, picks_N, side="right")
        return np.clip(found_N, first_N, last_N)

    def _length(self, codepoints_N: IntArray) -> FloatArray:
        """Stretch the strokes that scribes draw long: し, く and the repeat mark 〱."""
        long_N = self.rng.uniform(0.9, 1.9, len(codepoints_N))
        length_N = np.where(np.isin(codepoints_N, LONG), long_N, 1.0)
        return np.where(codepoints_N == ord("へ"), 0.8, length_N).astype(np.float32)

    def _write_furigana(self, base: Writing, codepoints_N: IntArray) -> Iterator[Writing]:
        """Write small kana, unlabelled, at the right of kanji."""
        rng, style = self.rng, self.style
        noted_N = (codepoints_N >= 0x3400) & (rng.random(len(base)) < style.furigana)  # noqa: PLR2004
        chosen = np.flatnonzero(noted_N)
        if not len(chosen) or not len(self._ruby_G):
            return
        per = 3
        used_NR = np.arange(per) < rng.integers(1, per + 1, len(chosen))[:, None]
        glyphs_NR = rng.choice(self._ruby_G, (len(chosen), per))
        small = style.size * rng.uniform(0.3, 0.45)
        place_NR = (np.arange(per) - (used_NR.sum(1, keepdims=True) - 1) / 2) * small * 1.1
        xs_NR = base.centers_N2[chosen, :1] + style.size * rng.uniform(0.65, 0.85) + 0 * place_NR
        ys_NR = base.centers_N2[chosen, 1:] + place_NR
        scales_NR2 = small / FILL / self.atlas.size * rng.lognormal(0, 0.15, (*used_NR.shape, 2))
        count = int(used_NR.sum())
        yield Writing(
            glyphs_NR[used_NR],
            np.stack([xs_NR, ys_NR], -1).astype(np.float32)[used_NR],
            scales_NR2.astype(np.float32)[used_NR],
            np.zeros(count, np.bool_),
            np.zeros(count, np.bool_),
        )
