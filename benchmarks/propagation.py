"""What a page's characters say of each other, and what the class prior does, book by book.

KUZUSHIJI_DATA=DIR python benchmarks/propagation.py --work WORK --aligned LABELS [--share 0.8]

WORK and LABELS: those of `benchmarks/cross_validation.py`, whose models of one share are read with.
Character error rates of books that a model has not seen, without and with context; then how much
longer a page takes with propagation.
"""

import argparse
import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from cross_validation import SOUGHT_SIZE, pages_of, split_labels
from measuring import demo_scans, error_rate, interleaved, page_of, transcribed_scans

from model import propagation
from model.artifact import ReaderArtifact
from model.class_prior import with_offsets
from tasks.models import load_model, with_context
from tasks.page_alignment import open_reader
from tasks.training_run import ARTIFACT

ROUNDS = 5


def main() -> None:
    """Print a line for each model, choice and set of pages, and the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--aligned", type=Path, required=True)
    parser.add_argument("--share", default="0.8")
    chosen = parser.parse_args()
    for number, half in enumerate(split_labels(chosen.aligned, chosen.work)):
        model = chosen.work / f"real-{chosen.share}-without-{number}" / ARTIFACT
        artifact = load_model(str(model)).artifact
        sets = {"half": pages_of(half), "text_dev": transcribed_scans("text_dev")}
        for prior, variant in {True: artifact, False: without_prior(artifact)}.items():
            for propagating in (False, True):
                choice = {"without half": number, "prior": prior}
                tell(choice, variant, sets, propagating=propagating)
    tell_times()


def without_prior(artifact: ReaderArtifact) -> ReaderArtifact:
    """The same with the biases that it has learnt."""
    back = [-offset for offset in artifact.offsets]
    return replace(artifact, detector=with_offsets(artifact.detector, back))


def tell(
    choice: dict[str, int],
    artifact: ReaderArtifact,
    sets: dict[str, list[tuple[bytes, str]]],
    *,
    propagating: bool,
) -> None:
    """Print the character error rates without and with context."""
    reader = open_reader(artifact, "cpu")
    reader.finder.sought_size = SOUGHT_SIZE
    context = with_context(load_model("builtin"), "builtin").context
    rates: dict[str, float] = {}
    with heard(propagating=propagating):
        for name, scans in sets.items():
            pages = [(page_of(data), text) for data, text in scans]
            for reader.context in (None, context):
                label = f"{name} in context" if reader.context else name
                rates[label] = round(error_rate(reader, pages), 4)
    print(json.dumps({**choice, "propagation": propagating, **rates}), flush=True)


def tell_times() -> None:
    """Print the seconds of the demo archive's pages with and without propagation, by turns."""
    reader = open_reader(load_model("builtin").artifact, "cpu")
    pages = [page_of(data) for data, _ in demo_scans()]

    def read(*, propagating: bool) -> None:
        with heard(propagating=propagating):
            reader.read(pages)

    seconds = interleaved(
        {"with": lambda: read(propagating=True), "without": lambda: read(propagating=False)}, ROUNDS
    )
    print(json.dumps({**seconds, "ratio": seconds["with"] / seconds["without"]}))


def heard(*, propagating: bool) -> AbstractContextManager[object]:
    """Let characters hear each other, or not."""
    return nullcontext() if propagating else patch.object(propagation, "SHARE", 0.0)


if __name__ == "__main__":
    main()
