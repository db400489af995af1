"""Which fonts can write which characters, and how much of a corpus that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.synthesis.atlas import GlyphAtlas, GlyphSource


@dataclass(frozen=True, slots=True)
class FontCoverage:
    """What one font draws.

    Attributes:
        font: the font's name.
        style: as what it is drawn.
        licence: its licence.
        classes: number of code points that it gives glyphs to.
        share: of the corpus' occurrences, those code points', from 0 to 1.
    """

    font: str
    style: str
    licence: str
    classes: int
    share: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """What all fonts draw together.

    Attributes:
        fonts: each font's part, in the order of the atlas.
        classes: number of code points asked for.
        share: of the corpus' occurrences, those that some font can write, from 0 to 1.
        uncovered: code points without any glyph, the most frequent first.
    """

    fonts: tuple[FontCoverage, ...]
    classes: int
    share: float
    uncovered: tuple[int, ...]


def coverage(
    atlas: GlyphAtlas, fonts: Sequence[GlyphSource], counts: Mapping[int, int]
) -> Coverage:
    """Count what each font contributes to an atlas.

    Args:
        atlas: drawn from `fonts`, in this order.
        fonts: the fonts. `print` fonts only count for what no other font draws.
        counts: occurrences of each code point that was asked for.
    """
    total = max(1, sum(counts.values()))

    def share_of(codepoints: set[int]) -> float:
        return sum(counts.get(codepoint, 0) for codepoint in codepoints) / total

    drawn = [
        set(atlas.codepoints_G[atlas.sources_G == number].tolist()) for number in range(len(fonts))
    ]
    parts = tuple(
        FontCoverage(font.name, font.style, font.licence, len(codepoints), share_of(codepoints))
        for font, codepoints in zip(fonts, drawn, strict=True)
    )
    uncovered = sorted(atlas.uncovered(counts), key=lambda codepoint: -counts[codepoint])
    everything = set(atlas.codepoints_G.tolist())
    return Coverage(parts, len(counts), share_of(everything), tuple(uncovered))
