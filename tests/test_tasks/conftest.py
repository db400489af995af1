"""A small training run on synthetic crops, for the tests of the training road."""

from pathlib import Path

import pytest

from model.character_set import CharacterSet
from model.configuration import DetectorConfiguration
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import Corpus
from model.training_configuration import TrainingConfiguration
from tasks.crop_making import CropMaking, make_shard
from tasks.crop_set import CropRecipe, CropSet
from tasks.crop_sources import CropSequence, SyntheticSource
from tasks.fonts import load_fonts
from tasks.object_store import open_store
from tasks.training_run import TrainingRun

FONTS = Path(__file__).parents[1] / "data" / "fonts"
CORPUS = Corpus(["いろはにほへとちりぬるを"])
CHARACTERS = CharacterSet.of(CORPUS.codepoints_C)
SMALL = DetectorConfiguration(fpn_channels=16, head_channels=8, embedding_channels=16)
CROP_SIZE = 64


@pytest.fixture(scope="session")
def synthetic_source() -> SyntheticSource:
    return SyntheticSource(build_atlas(load_fonts([FONTS]), CHARACTERS.codepoints), CORPUS)


@pytest.fixture
def crop_making(tmp_path: Path, synthetic_source: SyntheticSource) -> CropMaking:
    """Two shards of small crops that have not been made yet."""
    recipe = CropRecipe(synthetic_source.digest, (1.0,), CROP_SIZE, 28.0, 1, seed=3)
    store = open_store(str(tmp_path / "crops"), create=True)
    sequence = CropSequence((synthetic_source,), (1.0,), CROP_SIZE, 28.0, seed=3)
    return CropMaking(CropSet(store, recipe.digest, 2), sequence, 1)


@pytest.fixture
def made_crops(crop_making: CropMaking) -> CropSet:
    """The same two shards, made."""
    crops = crop_making.crops
    for number in range(crops.shards):
        make_shard(crops.store, crops.shard_key(number), crop_making.sequence, number, 1)
    return crops


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
