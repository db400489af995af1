"""How one page is written: the scribe's and carver's habits, drawn once a page."""

from dataclasses import dataclass

import numpy as np

from model.synthesis.noise import chance


@dataclass(frozen=True, slots=True)
class PageStyle:
    """One page's habits; ranges follow 50 labelled pages and scans of 7 more books.

    Attributes:
        size: character size, the median root of a character box' area, in pixels.
        pitch: distance of columns, in character sizes.
        gap: mean vertical space between characters, in character sizes; negative overlaps.
        gap_spread: standard deviation of that space.
        pauses: share of characters after which the writer leaves more space.
        aspect: how much taller than wide glyphs are drawn than in the font.
        size_spread: standard deviation of the logarithm of glyph sizes.
        kanji: size of kanji relative to kana.
        slant: shear of every glyph, as the tangent of its angle.
        tilt: rotation of the page in radians.
        waviness: horizontal wander within a column, in character sizes.
        lean: how far columns drift sideways on their way down, as the tangent of the angle.
        connection: probability that a stroke runs on to the next character, half that at kanji.
        fading: share of its ink that a brush has lost before it is dipped again.
        furigana: share of kanji with small unlabelled kana at their right.
        katakana: whether furigana and glosses are written in katakana.
        glosses: probability that a column has a small unlabelled note at its side.
        punctuation: share of characters followed by an unlabelled mark at their lower right.
        notes: probability that a column holds a note split into two narrow columns.
        headings: probability that a column is written large.
        ragged: probability that a column ends early.
        title: whether the book's title stands, small and unlabelled, in the fold beside the text.
        framed: whether lines surround the text.
        ruled: whether lines separate the columns.
    """

    size: float
    pitch: float
    gap: float
    gap_spread: float
    pauses: float
    aspect: float
    size_spread: float
    kanji: float
    slant: float
    tilt: float
    waviness: float
    lean: float
    connection: float
    fading: float
    furigana: float
    katakana: bool
    glosses: float
    punctuation: float
    notes: float
    headings: float
    ragged: float
    title: bool
    framed: bool
    ruled: bool


def draw_style(rng: np.random.Generator, size: float) -> PageStyle:
    """Draw the style of a page whose characters measure about `size` pixels."""
    furigana = rng.uniform(0.3, 1) if chance(rng, 0.4) else 0.0
    return PageStyle(
        size=size,
        pitch=rng.uniform(1.35, 2.3) + (0.15 if furigana else 0.0),
        gap=rng.normal(0.03, 0.08),
        gap_spread=rng.uniform(0.06, 0.16),
        pauses=rng.uniform(0.0, 0.12),
        aspect=rng.uniform(1.1, 1.9),
        size_spread=rng.uniform(0.08, 0.24),
        kanji=rng.uniform(1.0, 1.4),
        slant=rng.normal(0, 0.06),
        tilt=rng.normal(0, 0.012),
        waviness=rng.uniform(0.0, 0.16),
        lean=rng.normal(0, 0.012) if chance(rng, 0.5) else 0.0,
        connection=max(0.0, rng.uniform(-0.3, 1.0)),
        fading=rng.uniform(0.1, 0.45) if chance(rng, 0.3) else 0.0,
        furigana=furigana,
        katakana=chance(rng, 0.25),
        glosses=rng.uniform(0.1, 0.5) if chance(rng, 0.12) else 0.0,
        punctuation=rng.uniform(0.02, 0.15) if chance(rng, 0.3) else 0.0,
        notes=0.25 if chance(rng, 0.2) else 0.0,
        headings=0.1 if chance(rng, 0.25) else 0.0,
        ragged=0.3 if chance(rng, 0.4) else 0.03,
        title=chance(rng, 0.25),
        framed=chance(rng, 0.45),
        ruled=chance(rng, 0.2),
    )
