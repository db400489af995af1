"""Draws an invented page as its layout is found: the figure of docs/reading-order.md.

python docs/images/draw_reading_order.py docs/images/reading-order.svg
"""

import sys
from pathlib import Path

import numpy as np

from model.layout import Layout, Role
from model.reading_order import page_layout

WIDTH, HEIGHT = 620, 330
COLORS = {
    Role.text: "#34547f",
    Role.furigana: "#3f8f4a",
    Role.note: "#d98200",
    Role.heading: "#b0362a",
}
Box = tuple[float, float, float, float]


def column(x: float, top: float, count: int, size: float = 20) -> list[Box]:
    """Square characters around the axis x, downwards."""
    return [(x - size / 2, top + 1.15 * size * row, size, size) for row in range(count)]


def invented_page() -> list[Box]:
    """A heading, furigana, a split note, a short column, and two tiers of four columns."""
    return [
        *column(585, 30, 3, size=34),
        *column(535, 30, 11),
        *[(548, 55 + 9 * row, 7, 7) for row in range(2)],
        *[(548, 124 + 9 * row, 7, 7) for row in range(3)],
        *column(490, 30, 4),
        *column(496, 124, 6, size=11),
        *column(484, 124, 6, size=11),
        *column(490, 205, 3),
        *column(445, 30, 6),
        *[box for n in range(6) for top in (30, 185) for box in column(395 - 42 * n, top, 5)],
    ]


def page_to_svg(boxes: list[Box], layout: Layout) -> str:
    """Draw boxes in the colour of their role and the way of the eye through them."""
    boxes_N4 = np.array(boxes)
    centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
    read_N = [i for i in layout.order_N.tolist() if layout.role_N[i] != Role.furigana]
    way = " ".join("{:.1f},{:.1f}".format(*centers_N2[i]) for i in read_N)
    rectangles = [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height}" rx="2" '
        f'fill="{COLORS[Role(role)]}" fill-opacity=".25" stroke="{COLORS[Role(role)]}"/>'
        for (x, y, width, height), role in zip(boxes, layout.role_N.tolist(), strict=True)
    ]
    legend = [
        f'<rect x="{20 + 90 * n}" y="{HEIGHT - 14}" width="9" height="9" fill="{color}"/>'
        f'<text x="{34 + 90 * n}" y="{HEIGHT - 5}">{role.name}</text>'
        for n, (role, color) in enumerate(COLORS.items())
    ]
    size, font = f'viewBox="0 0 {WIDTH} {HEIGHT}"', 'font-family="sans-serif" font-size="12"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#faf7f0"/>',
            *rectangles,
            f'<polyline points="{way}" fill="none" stroke="#201d18" stroke-opacity=".55"/>',
            *legend,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    page = invented_page()
    Path(sys.argv[1]).write_text(page_to_svg(page, page_layout(np.array(page, np.float32))))
