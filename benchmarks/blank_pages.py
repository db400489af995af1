"""What a page without writing costs, and would cost if it were tried at every scale.

python benchmarks/blank_pages.py [--pages 12] [--rounds 3]
"""

import argparse
from functools import partial
from unittest.mock import patch

import numpy as np
from measuring import interleaved, save

from model import page_finder
from model.page import Page
from model.reader import PageReader
from model.synthesis.paper import paint, scan
from tasks.models import load_model
from tasks.page_alignment import open_reader

SHAPE = 1300, 900  # pixels of a page


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    reader = open_reader(load_model().artifact, "cpu")
    pages = [blank_page(seed) for seed in range(arguments.pages)]
    looks = {"looked at twice": look, "tried at four scales": look_everywhere}
    seconds = interleaved(
        {name: partial(action, reader, pages) for name, action in looks.items()}, arguments.rounds
    )
    rows = {
        name: {"seconds": seconds[name] / len(pages), "characters": action(reader, pages)}
        for name, action in looks.items()
    }
    print(rows)
    save("blank-pages", {"pages": len(pages), "looks": rows})


def look(reader: PageReader, pages: list[Page]) -> int:
    """Read pages one by one; returns how many characters were found."""
    return sum(len(reader.read([page])[0]) for page in pages)


def look_everywhere(reader: PageReader, pages: list[Page]) -> int:
    """Likewise, but no page is taken for blank."""
    with patch.object(page_finder, "shows_nothing", lambda _: False):
        return look(reader, pages)


def blank_page(seed: int) -> Page:
    """Paint a sheet that nobody wrote on."""
    rng = np.random.default_rng(seed)
    image_HW3 = scan(paint(np.zeros(SHAPE, np.float32), rng, None), rng)
    return Page(image_HW3, SHAPE[1], SHAPE[0])


if __name__ == "__main__":
    main()
