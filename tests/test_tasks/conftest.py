"""Small training crops for the tests of the training road; a registry with three models."""

from pathlib import Path

import pytest
from small_model import small_model
from small_training import CHARACTERS, CORPUS, CROP_SIZE

from model.synthesis.atlas import build_atlas
from tasks.champions import Champions
from tasks.crop_making import CropMaking, make_shard
from tasks.crop_set import CropRecipe, CropSet
from tasks.crop_sources import CropSequence, SyntheticSource
from tasks.fonts import load_fonts
from tasks.object_store import ObjectStore, open_store
from tasks.registry import Registry

FONTS = Path(__file__).parents[1] / "data" / "fonts"


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


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Where a registry lies: in a folder, in a bucket."""
    if request.param == "directory":
        return open_store(str(tmp_path / "models"), create=True)
    bucket: str = request.getfixturevalue("s3_bucket")
    return open_store(f"s3://{bucket}/models")


@pytest.fixture
def champions(store: ObjectStore) -> Champions:
    """Of an empty registry."""
    return Champions(Registry(store))


@pytest.fixture
def digests(champions: Champions) -> list[str]:
    """Three models in the registry."""
    return [champions.registry.add(small_model(number)) for number in range(3)]
