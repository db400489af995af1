"""Small writing that nobody transcribes: furigana beside kanji, notes beside columns.

Suffixes: N characters, R furigana kana of one character, M chosen ones, 2 = (x, y).
"""

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, IntArray
from model.synthesis.atlas import GlyphAtlas, Hand
from model.synthesis.kana import FIRST_KANJI
from model.synthesis.noise import chance
from model.synthesis.sheet import Rectangle
from model.synthesis.style import PageStyle
from model.synthesis.writing import Writing

# Glyphs at this many em give characters of one character size: the fonts' ink fills .72 em (root
# of the box' area, median over running text), and kanji are drawn larger than kana.
EM = 0.93 / 0.72
RUBY_LENGTH = 3  # most furigana kana beside one kanji
WORD_ENDS, WORD_PERIOD = 0.15, 3  # chance that a word or blank ends, stretches to a word
RUBY_SIZE = (0.28, 0.45)  # in character sizes


def write_furigana(
    atlas: GlyphAtlas,
    rng: np.random.Generator,
    style: PageStyle,
    base: Writing,
    codepoints_N: IntArray,
) -> Writing:
    """Write small kana, unlabelled, at the right of a share of a column's kanji."""
    noted_N = (codepoints_N >= FIRST_KANJI) & (rng.random(len(base)) < style.furigana)
    chosen_M = np.flatnonzero(noted_N)
    numbers_R = np.arange(RUBY_LENGTH)
    used_NR = numbers_R < rng.integers(1, RUBY_LENGTH + 1, (len(chosen_M), 1))
    size = style.size * rng.uniform(*RUBY_SIZE)
    below_NR = (numbers_R - (used_NR.sum(1, keepdims=True) - 1) / 2) * size * 1.1
    beside = style.size * rng.uniform(0.6, 0.85)
    xs_NR = np.broadcast_to(base.centers_N2[chosen_M, :1] + beside, used_NR.shape)
    ys_NR = base.centers_N2[chosen_M, 1:] + below_NR
    centers_N2 = np.stack([xs_NR[used_NR], ys_NR[used_NR]], 1).astype(np.float32)
    return _small_kana(atlas, rng, style, centers_N2, size)


def write_gloss(
    atlas: GlyphAtlas,
    rng: np.random.Generator,
    style: PageStyle,
    x: float,
    top: float,
    bottom: float,
) -> Writing:
    """Write a note, unlabelled, at the right of a column between two heights."""
    size = style.size * rng.uniform(*RUBY_SIZE)
    start = rng.uniform(top, max(top, bottom))
    length = min(max(0.0, bottom - start), size * rng.uniform(3, 20))
    ys_N = start + np.arange(int(length / size)) * size * rng.uniform(0.95, 1.2)
    beside = style.size * min(rng.uniform(0.65, 0.85), style.pitch / 2)
    centers_N2 = np.stack([np.full(len(ys_N), x + beside), ys_N], 1).astype(np.float32)
    return _small_kana(atlas, rng, style, centers_N2, size)


def write_title(
    atlas: GlyphAtlas, rng: np.random.Generator, style: PageStyle, block: Rectangle
) -> Writing:
    """Write, unlabelled, what stands in the fold beside the text: title, volume, leaf."""
    left, top, right, bottom = block
    size = style.size * rng.uniform(0.35, 0.6)
    away = style.size * rng.uniform(0.8, 1.8)
    x = right + away if chance(rng, 0.5) else left - away
    ys_N = np.arange(top, bottom, size * 1.15)
    # A word here and there: one stretch in every three.
    words_N = np.cumsum(rng.random(len(ys_N)) < WORD_ENDS) % WORD_PERIOD == 0
    glyphs_N = rng.integers(0, len(atlas), int(words_N.sum()))
    centers_N2 = np.stack([np.full(len(glyphs_N), x), ys_N[words_N]], 1)
    return _small(atlas, rng, glyphs_N, centers_N2, size)


def _small_kana(
    atlas: GlyphAtlas,
    rng: np.random.Generator,
    style: PageStyle,
    centers_N2: FloatArray,
    size: float,
) -> Writing:
    """Put any kana, hiragana or katakana as the page has them, at the given centres."""
    choices_M = _kana_glyphs(atlas, "ア", "ヲ") if style.katakana else np.zeros(0, np.int64)
    if not len(choices_M):
        choices_M = _kana_glyphs(atlas, "あ", "ん")
    if not len(choices_M):
        return Writing.empty()
    return _small(atlas, rng, rng.choice(choices_M, len(centers_N2)), centers_N2, size)


def _small(
    atlas: GlyphAtlas,
    rng: np.random.Generator,
    glyphs_N: npt.NDArray[np.int64],
    centers_N2: FloatArray,
    size: float,
) -> Writing:
    """Put glyphs, unlabelled, at the given centres."""
    count = len(glyphs_N)
    jitter_N2 = rng.normal(0, 0.08 * size, (count, 2))
    return Writing(
        glyphs_N,
        (centers_N2 + jitter_N2).astype(np.float32),
        (size * EM / atlas.size * rng.lognormal(0, 0.15, (count, 2))).astype(np.float32),
        np.zeros(count, np.bool_),
        np.zeros(count, np.bool_),
    )


def _kana_glyphs(atlas: GlyphAtlas, first: str, last: str) -> npt.NDArray[np.int64]:
    """Find the glyphs of a range of kana, kanji in their place left out."""
    start, end = np.searchsorted(atlas.codepoints_G, [ord(first), ord(last) + 1]).tolist()
    kana_M = np.flatnonzero(atlas.hands_G[start:end] != Hand.MOTHER_KANJI)
    return np.asarray(start + kana_M, np.int64)
