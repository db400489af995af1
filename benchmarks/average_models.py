"""Writes the mean of two models' weights, where the second was trained on from the first.

python benchmarks/average_models.py FIRST SECOND OUT [--share 0.5]

What the first knew and the second forgot, and what the second learnt, are both in it: on pages
unlike those that were learnt from it may be better than either (Wortsman et al. 2022, WiSE-FT).
Classes, threshold and card are those of the second.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from model.artifact import ReaderArtifact, pack_artifact
from tasks.models import load_model


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("first", "second", "out"):
        parser.add_argument(name)
    parser.add_argument("--share", type=float, default=0.5, help="of the second")
    chosen = parser.parse_args()
    first, second = (load_model(name) for name in (chosen.first, chosen.second))
    if first.artifact.characters != second.artifact.characters:
        raise ValueError("both models must have the same classes, in the same order")
    ours, theirs = (one.artifact.detector.state_dict() for one in (second, first))
    for name, tensor in ours.items():
        if tensor.is_floating_point():
            tensor.lerp_(theirs[name], 1 - chosen.share)
    card = {**second.artifact.card, "mean_of": [first.digest, second.digest]}
    offsets = mean_offsets(first.artifact, second.artifact, chosen.share)
    mean = replace(second.artifact, card=card, offsets=offsets)
    Path(chosen.out).write_bytes(pack_artifact(mean))


def mean_offsets(first: ReaderArtifact, second: ReaderArtifact, share: float) -> tuple[float, ...]:
    """What the class priors added to the mean's biases."""
    none = (0.0,) * second.characters.reject_class
    pairs = zip(first.offsets or none, second.offsets or none, strict=True)
    return tuple((1 - share) * ours + share * theirs for ours, theirs in pairs)


if __name__ == "__main__":
    main()
