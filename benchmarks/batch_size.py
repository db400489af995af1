"""How many pages a processor computes best at once.

python benchmarks/batch_size.py [--rounds 2]

Dense maps of eight pages, of the sizes at which pages are read: in batches of one to eight, and one
by one side by side, as the reader has them computed. OpenVINO computes a batch on the one stream
that a page has.
"""

import argparse
from collections.abc import Callable
from importlib.util import find_spec

import torch
from measuring import interleaved, save
from torch import Tensor

from model.engines import Engine
from model.page_threads import PageThreads
from tasks.engines import open_engine
from tasks.models import load_model

PAGES = 8
SHAPES = ((576, 416), (960, 672), (1376, 960))  # height, width
SIZES = (1, 2, 4, 8)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    model = load_model()
    names = ["torch", *(["openvino"] if find_spec("openvino") else [])]
    rows = []
    for name in names:
        engine = open_engine(name, model, "cpu")
        for height, width in SHAPES:
            pages = torch.randint(0, 255, (PAGES, 1, height, width), dtype=torch.uint8)
            actions = {str(size): computing(engine, pages, size) for size in SIZES}
            actions["side by side"] = computing_side_by_side(engine, pages)
            seconds = interleaved(actions, rounds)
            row = {size: each / PAGES for size, each in seconds.items()}
            rows.append({"engine": engine.name, "height": height, "width": width, "seconds": row})
            print(rows[-1])
    save("batch-size", {"pages": PAGES, "rows": rows})


def computing(engine: Engine, pages_BCHW: Tensor, size: int) -> Callable[[], object]:
    """Compute all pages, so many at once."""

    def compute() -> None:
        with torch.inference_mode():
            for batch_BCHW in pages_BCHW.split(size):
                engine.maps(batch_BCHW)

    return compute


def computing_side_by_side(engine: Engine, pages_BCHW: Tensor) -> Callable[[], object]:
    """Compute each page alone, several at a time."""

    def compute_one(page_BCHW: Tensor) -> None:
        with torch.inference_mode():
            engine.maps(page_BCHW)

    threads = PageThreads(engine.pages_at_once, engine.threads)
    return lambda: threads.map(compute_one, pages_BCHW.split(1))


if __name__ == "__main__":
    main()
