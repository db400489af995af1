"""Writes the mean of two models' weights, where the second was trained on from the first.

python benchmarks/average_models.py FIRST SECOND OUT

What the first knew and the second forgot, and what the second learnt, are both in it: on pages
unlike those that were learnt from it may be better than either (Wortsman et al. 2022, WiSE-FT).
Classes, thresholds and card are those of the second.
"""

import argparse
from pathlib import Path

from model.artifact import pack_artifact
from tasks.models import load_model


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("first", "second", "out"):
        parser.add_argument(name)
    chosen = parser.parse_args()
    first, second = (load_model(name) for name in (chosen.first, chosen.second))
    if first.artifact.characters != second.artifact.characters:
        raise ValueError("both models must have the same classes, in the same order")
    ours, theirs = (one.artifact.detector.state_dict() for one in (second, first))
    for name, tensor in ours.items():
        if tensor.is_floating_point():
            tensor.lerp_(theirs[name], 0.5)
    second.artifact.card["mean_of"] = [first.digest, second.digest]
    Path(chosen.out).write_bytes(pack_artifact(second.artifact))


if __name__ == "__main__":
    main()
