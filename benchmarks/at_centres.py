"""The fifth-place network's classes dense, as published, and at centres by our engine, by turns.

python benchmarks/at_centres.py [--rounds 3]

Both have the same random weights, in float32, and name 190 boxes on one page of 1536 x 1536.
"""

import argparse
from functools import partial

import torch
from measuring import interleaved, page_of, save
from peers import PAGES_N, as_published, by_our_engine, scans, some_boxes, squashed

from model.cost import CHALLENGE_CLASSES, PAGE_SIDE
from model.detector import CharacterDetector
from model.presets import PRESETS


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    image = squashed(page_of(scans(1)[0][0]).image_HW3, PAGE_SIDE)
    boxes = some_boxes()
    detector = CharacterDetector(PRESETS["fifth-place"]().detector, CHALLENGE_CLASSES).eval()
    ways = {
        "at centres": by_our_engine(detector, torch.float32),
        "dense, as published": as_published(detector, torch.float32),
    }
    with torch.inference_mode():
        sparse, dense = (compute(image, boxes) for compute in ways.values())
        seconds = interleaved(
            {name: partial(compute, image, boxes) for name, compute in ways.items()},
            arguments.rounds,
        )
    figures = {
        "boxes": len(PAGES_N),
        "side": PAGE_SIDE,
        "seconds": seconds,
        "times": seconds["dense, as published"] / seconds["at centres"],
        "largest_difference": float((sparse - dense).abs().max()),
        "largest_logit": float(dense.abs().max()),
    }
    print(figures)
    save("at-centres", figures)


if __name__ == "__main__":
    main()
