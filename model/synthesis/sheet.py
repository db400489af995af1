"""How a sheet is divided: text blocks, pictures, margins and the edges of the paper."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.characters import FloatArray
from model.synthesis.noise import chance

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom in pixels
Turn = Callable[[FloatArray], FloatArray]  # points (N, 2) of the upright sheet to the image


@dataclass(frozen=True, slots=True)
class Sheet:
    """The areas of an image; they may reach beyond it.

    Attributes:
        paper: the paper's rectangle; what lies outside is the scanner's bed.
        blocks: rectangles of text.
        pictures: rectangles of illustration.
        fold: x of the fold between two pages, or None.
        cover: whether it is a book's cover rather than a leaf.
    """

    paper: Rectangle
    blocks: tuple[Rectangle, ...]
    pictures: tuple[Rectangle, ...] = ()
    fold: float | None = None
    cover: bool = False


def turned(points_N2: FloatArray, angle: float, center: tuple[float, float]) -> FloatArray:
    """Rotate points about a centre by an angle in radians, clockwise as one sees it."""
    cos, sin = np.cos(angle), np.sin(angle)
    matrix_22 = np.array([[cos, sin], [-sin, cos]])
    return np.asarray((points_N2 - np.array(center)) @ matrix_22 + center, np.float32)


def page_sheet(rng: np.random.Generator, height: int, width: int) -> Sheet:
    """Divide a complete page: paper to near the image's edges, margins, one text area."""
    sides = np.array([width, height, width, height])
    inward = np.array([1, 1, -1, -1])
    bed = rng.uniform(0.0, 0.02, 4) if chance(rng, 0.6) else np.full(4, -0.01)
    margin = rng.uniform([0.03, 0.05, 0.03, 0.04], [0.08, 0.12, 0.08, 0.1])
    image = np.array([0, 0, width, height])
    paper = image + inward * sides * bed
    return _divide(rng, _rectangle(paper), _rectangle(paper + inward * sides * margin))


def window_sheet(rng: np.random.Generator, size: int, character_size: float) -> Sheet:
    """Place a square window on a larger sheet so that any edge of the text may show in it."""
    inward = np.array([1, 1, -1, -1])
    shows = rng.uniform(0, 1, 4) < np.full(4, 0.2)  # the window is about half a page wide
    inside, outside = rng.uniform(0.03, 0.45, 4), rng.uniform(0.05, 0.3, 4)
    area = np.array([0, 0, size, size]) + inward * size * np.where(shows, inside, -outside)
    margin = character_size * rng.uniform(0.6, 5.0, 4)
    paper = area - inward * np.where(shows, margin, size)
    return _divide(rng, _rectangle(paper), _rectangle(area))


def blank_sheet(rng: np.random.Generator, height: int, width: int) -> Sheet:
    """Make a sheet without text: bare, cut by the paper's edge, or with a picture."""
    sides = np.array([width, height, width, height])
    inset = rng.uniform(-0.4, 0.2, 4) * np.array([1, 1, -1, -1])
    paper = _rectangle(np.array([0, 0, width, height]) + sides * inset)
    picture = (0.1 * width, 0.1 * height, 0.9 * width, 0.9 * height)
    pictures = (picture,) if chance(rng, 0.4) else ()
    return Sheet(paper, (), pictures, cover=chance(rng, 0.3))


def _rectangle(edges_4: npt.NDArray[np.float64]) -> Rectangle:
    left, top, right, bottom = edges_4.tolist()
    return left, top, right, bottom


def _divide(rng: np.random.Generator, paper: Rectangle, area: Rectangle) -> Sheet:
    """Leave the text area whole, or cut it in two: pages, tiers, text and picture."""
    left, top, right, bottom = area
    width, height = right - left, bottom - top
    x, y = left + width * rng.uniform(0.25, 0.75), top + height * rng.uniform(0.2, 0.8)
    room = min(width, height) * rng.uniform(0.01, 0.06)
    before, after = (x + room, top, right, bottom), (left, top, x - room, bottom)
    upper, lower = (left, top, right, y - room), (left, y + room, right, bottom)
    kinds = (
        Sheet(paper, (area,)),
        Sheet(paper, (before, after), fold=x),
        Sheet(paper, (upper, lower)),
        Sheet(paper, (upper,), (lower,)),
        Sheet(paper, (lower,), (upper,)),
        Sheet(paper, (before,), (after,)),
    )
    return kinds[int(rng.choice(len(kinds), p=(0.70, 0.10, 0.08, 0.03, 0.03, 0.06)))]
