"""What is gained by not computing margins again, and by not looking at blank pages any further.

KUZUSHIJI_DATA=DIR python benchmarks/page_windows.py [--rounds 3]

Each economy is left out in turn. Pages: rendered ones, blank ones, the demo archive, and with
KUZUSHIJI_DATA the transcribed pages of ``text_train`` and ``text_dev``.
"""

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
from measuring import (
    demo_scans,
    error_rate,
    f1,
    interleaved,
    page_of,
    rendered_scans,
    save,
    transcribed_scans,
)

from model import page_finder
from model.characters import FloatArray
from model.page import Page
from model.page_window import Window, whole
from model.reader import PageReader
from model.synthesis.paper import paint, scan
from tasks.models import load_model
from tasks.page_alignment import open_reader

SHAPE = 1300, 900  # pixels of a blank page


def all_of_it(_: FloatArray, height: int, width: int) -> Window:
    """Take the whole page, wherever its characters are."""
    return whole(height, width)


def never(_: object) -> bool:
    """Take no page for blank."""
    return False


WITHOUT: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "margins named again": {"window_around": all_of_it},
    "blank pages tried at four scales": {"shows_nothing": never},
    "both": {"window_around": all_of_it, "shows_nothing": never},
}


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, default=12)
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    reader = open_reader(model.artifact, "cpu")
    labelled = {"rendered": rendered_scans(arguments.pages), "demo": demo_scans()}
    written = {name: transcribed_scans(name) for name in ("text_train", "text_dev")}
    read = {
        name: [(page_of(data), truth) for data, truth in scans] for name, scans in labelled.items()
    }
    texts = {
        name: [(page_of(data), text) for data, text in scans] for name, scans in written.items()
    }
    blank = [blank_page(seed) for seed in range(arguments.pages)]
    kinds = {name: [page for page, _ in pages] for name, pages in (read | texts).items() if pages}
    figures: dict[str, dict[str, float]] = {name: {} for name in WITHOUT}
    for kind, pages in {**kinds, "blank": blank}.items():
        seconds = interleaved(
            {name: partial(look, reader, pages, name) for name in WITHOUT},
            arguments.rounds,
        )
        for name, each in seconds.items():
            figures[name][f"{kind}: s"] = each / len(pages)
    for name, row in figures.items():
        with left_out(name):
            row |= {f"{kind}: F1": f1(reader, pages) for kind, pages in read.items()}
            row |= {
                f"{kind}: CER": error_rate(reader, some) for kind, some in texts.items() if some
            }
            row["blank: characters"] = sum(len(reader.read([page])[0]) for page in blank)
        print(name, row)
    save("page-windows", {"model": model.digest, "without": figures})


def left_out(name: str) -> ExitStack:
    """Read without an economy inside this context."""
    stack = ExitStack()
    for function, replaced in WITHOUT[name].items():
        stack.enter_context(patch.object(page_finder, function, replaced))
    return stack


def look(reader: PageReader, pages: list[Page], name: str) -> None:
    """Read pages without an economy."""
    with left_out(name):
        for page in pages:
            reader.read([page])


def blank_page(seed: int) -> Page:
    """Paint a sheet that nobody wrote on."""
    rng = np.random.default_rng(seed)
    image_HW3 = scan(paint(np.zeros(SHAPE, np.float32), rng, None), rng)
    return Page(image_HW3, SHAPE[1], SHAPE[0])


if __name__ == "__main__":
    main()
