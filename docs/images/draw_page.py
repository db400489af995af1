"""Draws what was read onto its page: the picture of the README.

python docs/images/draw_page.py demo/archive build/demo hojoki/hojoki_00001.jpg page.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.characters import PageReading
from tasks.object_store import open_store
from tasks.page_image import decode_page
from tasks.readings import latest_rows

FONT = "/usr/share/fonts/truetype/ipamj/ipamjm.ttf"  # Debian: fonts-ipamj-mincho
HEIGHT = 1400


def draw(archive: str, output: str, key: str, picture: str) -> None:
    """Write ``picture``: the page, each box in green (sure) to red (unsure), its reading beside."""
    rows = {row.scan.key: row for row in latest_rows(open_store(output))}
    page = decode_page(open_store(archive).get(key))
    scale = HEIGHT / page.page_height
    size = (round(page.page_width * scale), HEIGHT)
    image = Image.fromarray(cv2.resize(page.image_HW3, size, interpolation=cv2.INTER_AREA))
    reading = rows[key].reading
    if reading is not None:
        draw_reading(ImageDraw.Draw(image), reading, scale)
    Path(picture).parent.mkdir(parents=True, exist_ok=True)
    image.save(picture, quality=80)


def draw_reading(canvas: ImageDraw.ImageDraw, reading: PageReading, scale: float) -> None:
    """Draw boxes and characters."""
    for box, score, codepoints in zip(
        reading.boxes_N4 * scale, reading.scores_N, reading.codepoints_NK, strict=True
    ):
        x, y, width, height = (float(value) for value in box)
        color = (round(220 * (1 - score)), round(150 * score), 60)
        canvas.rectangle((x, y, x + width, y + height), outline=color)
        side = int(np.clip(0.6 * max(width, height), 12, 30))
        font = ImageFont.truetype(FONT, side)
        canvas.text((x + width, y), chr(int(codepoints[0])), fill=color, font=font)


if __name__ == "__main__":
    draw(*sys.argv[1:])
