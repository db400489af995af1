"""How a sheet is divided: text blocks, pictures, margins and the edges of the paper."""

from dataclasses import dataclass

import numpy as np

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom in pixels


@dataclass(frozen=True, slots=True)
class Sheet:
    """The areas of an image, which may reach beyond it.

    Attributes:
        paper: the paper's rectangle; what lies outside is the scanner's bed.
        blocks: rectangles of text.
        pictures: rectangles of illustration.
        fold: x of the fold between two pages, or None.
    """

    paper: Rectangle
    blocks: tuple[Rectangle, ...]
    pictures: tuple[Rectangle, ...] = ()
    fold: float | None = None


def page_sheet(rng: np.random.Generator, height: int, width: int) -> Sheet:
    """Divide a complete page: paper to near the image's edges, margins, one text area."""
    bed = rng.uniform(0.0, 0.02, 4) * (rng.random(4) < 0.6)  # noqa: PLR2004
    paper = (width * bed[0], height * bed[1], width * (1 - bed[2]), height * (1 - bed[3]))
    margin = rng.uniform([0.03, 0.05, 0.03, 0.04], [0.08, 0.12, 0.08, 0.1])
    area = (
        paper[0] + width * margin[0],
        paper[1] + height * margin[1],
        paper[2] - width * margin[2],
        paper[3] - height * margin[3],
    )
    return _divide(rng, paper, area)


def window_sheet(rng: np.random.Generator, size: int, character_size: float) -> Sheet:
    """Place a square window on a larger sheet so that any edge of the text may show in it."""
    shows = rng.random(4) < 0.2  # noqa: PLR2004 - a 512 px window on a page of 25 x 40 characters
    sign = np.array([1, 1, -1, -1])
    origin = np.array([0, 0, size, size])
    depth = size * np.where(shows, rng.uniform(0.03, 0.45, 4), -rng.uniform(0.05, 0.3, 4))
    area = origin + sign * depth
    margin = character_size * rng.uniform(0.6, 5.0, 4)
    paper = area - sign * np.where(shows, margin, size)
    return _divide(rng, _rectangle(paper), _rectangle(area))


def blank_sheet(rng: np.random.Generator, height: int, width: int) -> Sheet:
    """Make a sheet without text, half of them with an edge of the paper or a picture."""
    inset = rng.uniform(-0.4, 0.2, 4)
    paper = (
        width * inset[0], height * inset[1], width * (1 - inset[2]), height * (1 - inset[3]),
    )  # fmt: skip
    pictures = ((0.1 * width, 0.1 * height, 0.8 * width, 0.8 * height),)
    return Sheet(paper, (), pictures if rng.random() < 0.4 else ())  # noqa: PLR2004


def _rectangle(edges: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Rectangle:
    left, top, right, bottom = map(float, edges)
    return left, top, right, bottom


def _divide(rng: np.random.Generator, paper: Rectangle, area: Rectangle) -> Sheet:
    """Leave the text area whole, or cut it in two: pages, tiers, text and picture."""
    left, top, right, bottom = area
    width, height = right - left, bottom - top
    kind = rng.random()
    x, y = left + width * rng.uniform(0.25, 0.75), top + height * rng.uniform(0.2, 0.8)
    room = min(width, height) * rng.uniform(0.01, 0.06)
    if kind < 0.10:  # noqa: PLR2004 - shares of a hundred sheets
        pages = ((x + room, top, right, bottom), (left, top, x - room, bottom))
        return Sheet(paper, pages, fold=x)
    upper, lower = (left, top, right, y - room), (left, y + room, right, bottom)
    if kind < 0.18:  # noqa: PLR2004
        return Sheet(paper, (upper, lower))
    if kind < 0.24:  # noqa: PLR2004
        text, picture = (upper, lower) if rng.random() < 0.5 else (lower, upper)  # noqa: PLR2004
        return Sheet(paper, (text,), (picture,))
    if kind < 0.30:  # noqa: PLR2004
        return Sheet(paper, ((x + room, top, right, bottom),), ((left, top, x - room, bottom),))
    return Sheet(paper, (area,))
