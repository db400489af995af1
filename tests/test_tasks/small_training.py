"""A small training run: its classes, its network, and how it is written down."""

from pathlib import Path

from model.character_set import CharacterSet
from model.configuration import DetectorConfiguration
from model.synthesis.corpus import Corpus
from model.training_configuration import TrainingConfiguration
from tasks.crop_set import CropSet
from tasks.object_store import open_store
from tasks.training_run import TrainingRun

CORPUS = Corpus(["いろはにほへとちりぬるを"])
CHARACTERS = CharacterSet.of(CORPUS.codepoints_C)
SMALL = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)
CROP_SIZE = 64


def small_run(
    folder: Path, crops: CropSet, *, start: str | None = None, **training: object
) -> TrainingRun:
    """Write down a run of five steps in a folder of its own."""
    values = {"steps": 5, "batch_size": 4, "crop_size": CROP_SIZE, "warmup_steps": 2, **training}
    run = TrainingRun(
        store=open_store(str(folder), create=True),
        detector=SMALL,
        training=TrainingConfiguration(**values),  # type: ignore[arg-type]  # the test's own values
        characters=CHARACTERS,
        crops=crops,
        checkpoint_every=2,
        start=start,
    )
    run.save_configuration()
    return run
