"""Shards of crops: the same from the same recipe, made once, whole or not at all."""

import pickle

import numpy as np
import pytest
from distributed import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from small_training import CROP_SIZE

from model.characters import LabelledImage, Labels
from tasks.crop_making import CropMaking, crop_cluster, make_missing, make_shard
from tasks.crop_set import CROPS_PER_SHARD, CropRecipe
from tasks.crop_shards import ShardFormatError, crop_of, pack_shard, unpack_shard

RECIPE = CropRecipe("source", (1.0, 0.5), 512, 28.0, 1, 7)


def test_a_crop_depends_on_its_number_alone(crop_making: CropMaking) -> None:
    first = crop_making.sequence
    second = pickle.loads(pickle.dumps(first))  # noqa: S301 - as Dask sends it to a worker

    _ = first[0]

    assert np.array_equal(first[7].image_HW3, second[7].image_HW3)
    assert np.array_equal(first[7].labels.boxes_N4, second[7].labels.boxes_N4)


def test_a_shard_made_again_is_the_same_bytes(crop_making: CropMaking) -> None:
    store, sequence = crop_making.crops.store, crop_making.sequence

    for key in ("one", "other"):
        make_shard(store, key, sequence, 1, 1)

    assert store.get("one") == store.get("other")


def test_only_missing_shards_are_made(crop_making: CropMaking) -> None:
    crops = crop_making.crops
    crops.store.put(crops.shard_key(0), b"made before")

    with Client(processes=False, dashboard_address=None) as client:
        made = list(make_missing(crop_making, client, crops.missing()))

    assert made == [1]
    assert crops.missing() == []
    assert crops.store.get(crops.shard_key(0)) == b"made before"
    assert len(unpack_shard(crops.store.get(crops.shard_key(1)))) == CROPS_PER_SHARD


def test_worker_processes_make_the_same_crops(crop_making: CropMaking) -> None:
    crops = crop_making.crops
    make_shard(crops.store, "here", crop_making.sequence, 0, 1)

    with crop_cluster(None, workers=1) as client:
        arguments = (crops.store, "there", crop_making.sequence, 0, 1)
        client.submit(make_shard, *arguments, pure=False).result()

    assert crops.store.get("here") == crops.store.get("there")


@pytest.mark.parametrize(
    "change",
    [
        {"sources": "another"},
        {"weights": (1.0, 1.0)},
        {"size": 256},
        {"character_size": 30.0},
        {"channels": 3},
        {"seed": 8},
    ],
)
def test_any_change_of_the_recipe_is_another_set(change: dict[str, object]) -> None:
    values = {name: getattr(RECIPE, name) for name in RECIPE.__slots__}

    assert CropRecipe(**{**values, **change}).digest != RECIPE.digest  # type: ignore[arg-type]


@given(
    st.lists(arrays.arrays(np.float32, (3, 4), elements=st.floats(0, 512, width=32)), max_size=3)
)
def test_labels_of_a_shard_come_back_exactly(boxes: list[np.ndarray]) -> None:
    codepoints = np.array([0x3042, 0x1B002, -2], np.int32)
    image = np.full((CROP_SIZE, CROP_SIZE, 3), 200, np.uint8)
    crops = [LabelledImage(image, Labels(values, codepoints)) for values in boxes]

    table = unpack_shard(pack_shard(crops, 1))

    for row, crop in enumerate(crops):
        restored = crop_of(table, row)
        assert np.array_equal(restored.labels.boxes_N4, crop.labels.boxes_N4)
        assert np.array_equal(restored.labels.codepoints_N, crop.labels.codepoints_N)
        assert np.abs(restored.image_HW3.astype(int) - image).max() <= 2


def test_an_empty_crop_keeps_its_shape() -> None:
    image = np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8)

    restored = crop_of(unpack_shard(pack_shard([LabelledImage(image, Labels.empty())], 3)), 0)

    assert restored.labels.boxes_N4.shape == (0, 4)
    assert restored.image_HW3.shape == image.shape


@pytest.mark.parametrize("data", [b"", b"PAR1", b"not a shard at all"])
def test_damaged_shards_are_refused(data: bytes) -> None:
    with pytest.raises(ShardFormatError):
        unpack_shard(data)
