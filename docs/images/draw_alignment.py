"""Draws what alignments made of a page's transcription, before and after adaptation.

python docs/images/draw_alignment.py PAGE OUT.jpg LABELS LABELS ...

Each LABELS is a folder of kind ``aligned``, PAGE the key of a scan. Green: a character with its
name; yellow: a character whose name is open; grey: nobody knows; no box: taken for bare paper.
"""

import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.characters import IGNORED_CODEPOINT, UNKNOWN_CODEPOINT, ImageArray, Labels
from tasks.label_sources import open_labels
from tasks.page_image import decode_page

FONT = "/usr/share/fonts/truetype/fonts-japanese-mincho.ttf"
HEIGHT = 1300  # pixels of the picture
NAMED, OPEN, IGNORED = (0, 130, 60), (220, 160, 0), (120, 120, 120)


def main(page: str, output: str, *folders: str) -> None:
    """Draw the page once for each folder of labels, side by side."""
    panels = [_panel(folder, page) for folder in folders]
    Image.fromarray(np.hstack(panels)).save(output, quality=80)


def _panel(folder: str, key: str) -> ImageArray:
    archive = open_labels("aligned", folder)
    [(scan, labels)] = [page for page in archive.pages if page[0].key == key]
    image = Image.fromarray(decode_page(archive.store.get(scan.key)).image_HW3)
    scale = HEIGHT / image.height
    canvas = image.resize((round(image.width * scale), HEIGHT)).convert("RGBA")
    return np.asarray(_draw(canvas, labels, scale).convert("RGB"))


def _draw(canvas: Image.Image, labels: Labels, scale: float) -> Image.Image:
    layer = Image.new("RGBA", canvas.size)
    draw = ImageDraw.Draw(layer)
    for (x, y, width, height), codepoint in zip(
        (labels.boxes_N4 * scale).tolist(), labels.codepoints_N.tolist(), strict=True
    ):
        frame = (x, y, x + width, y + height)
        if codepoint == IGNORED_CODEPOINT:
            draw.rectangle(frame, fill=(*IGNORED, 70))
        elif codepoint == UNKNOWN_CODEPOINT:
            draw.rectangle(frame, outline=OPEN, width=2)
        else:
            draw.rectangle(frame, outline=NAMED, width=2)
            font = ImageFont.truetype(FONT, 17)
            draw.text((x + width - 2, y), chr(codepoint), font=font, fill=(190, 0, 40))
    return Image.alpha_composite(canvas, layer)


if __name__ == "__main__":
    main(*sys.argv[1:])
