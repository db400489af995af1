"""The trainer's stream of crops: each once an epoch, the same order again, no endless wait."""

import threading
import time
from collections import Counter
from functools import partial
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_training import CHARACTERS

from model.batch import IGNORED_CLASS, UNKNOWN_CLASS
from model.characters import IGNORED_CODEPOINT, LabelledImage, Labels
from tasks.crop_making import CropMaking, make_shard
from tasks.crop_set import CROPS_PER_SHARD, CropSet
from tasks.crop_shards import ShardFormatError
from tasks.crop_stream import (
    CropStream,
    CropTables,
    MissingCropsError,
    collate,
    shuffled_numbers,
)

to_batch = partial(collate, characters=CHARACTERS, channels=1)


def stream_of(
    crops: CropSet, step: int = 0, passes: range = range(1), ended: threading.Event | None = None
) -> CropStream:
    return CropStream(
        CropTables(crops, ended),
        to_batch,
        seed=1,
        step=step,
        passes=passes,
        passes_per_step=2 if passes != range(1) else 1,
        crops_per_pass=4,
    )


@given(st.integers(1, 9), st.integers(0, 2**31))
def test_each_epoch_holds_every_crop_once(shards: int, seed: int) -> None:
    total = shards * CROPS_PER_SHARD

    numbers = list(islice(shuffled_numbers(shards, seed), 2 * total))

    assert Counter(numbers[:total]) == Counter(range(total))
    assert Counter(numbers[total:]) == Counter(range(total))
    assert numbers[:total] != numbers[total:]


@given(st.integers(1, 9), st.integers(0, 5000))
def test_a_stream_begun_later_goes_on_in_the_same_order(shards: int, first: int) -> None:
    whole = islice(shuffled_numbers(shards, seed=4), first, first + 300)

    assert list(islice(shuffled_numbers(shards, 4, first), 300)) == list(whole)


def test_the_first_epoch_needs_few_shards_at_a_time() -> None:
    needed = {n // CROPS_PER_SHARD for n in islice(shuffled_numbers(100, 0), CROPS_PER_SHARD)}

    assert max(needed) < 4


def test_a_resumed_stream_hands_out_the_same_batches(made_crops: CropSet) -> None:
    with stream_of(made_crops) as stream:
        whole = [stream.take()[0] for _ in range(5)]
    with stream_of(made_crops, step=3) as stream:
        resumed = [stream.take()[0] for _ in range(2)]

    for one, other in zip(whole[3:], resumed, strict=True):
        assert torch.equal(one.image_BCHW, other.image_BCHW)
        assert torch.equal(one.classes_N, other.classes_N)


def test_processes_share_the_passes_of_a_step(made_crops: CropSet) -> None:
    with stream_of(made_crops, passes=range(2)) as stream:
        both = stream.take()
    with stream_of(made_crops, passes=range(1, 2)) as stream:
        [second] = stream.take()

    assert torch.equal(both[1].image_BCHW, second.image_BCHW)


def test_the_stream_waits_for_shards_in_the_making(crop_making: CropMaking) -> None:
    crops = crop_making.crops

    def make() -> None:
        for number in (1, 0):
            time.sleep(0.3)
            make_shard(crops.store, crops.shard_key(number), crop_making.sequence, number, 1)
        crop_making.ended.set()

    maker = threading.Thread(target=make)
    maker.start()
    with stream_of(crops, ended=crop_making.ended) as stream:
        [batch] = stream.take()
    maker.join()

    assert batch.image_BCHW.shape == (4, 1, 64, 64)
    assert stream.waited > 0


@pytest.mark.parametrize("ended", [None, threading.Event()], ids=["nobody makes", "making ended"])
def test_a_shard_that_will_not_come_is_an_error(
    crop_making: CropMaking, ended: threading.Event | None
) -> None:
    if ended is not None:
        ended.set()

    with (
        stream_of(crop_making.crops, ended=ended) as stream,
        pytest.raises(MissingCropsError, match="--only crops"),
    ):
        stream.take()


def test_a_damaged_shard_stops_the_training(made_crops: CropSet) -> None:
    made_crops.store.put(made_crops.shard_key(0), b"damaged")

    with stream_of(made_crops) as stream, pytest.raises(ShardFormatError):
        stream.take()


def test_special_labels_become_special_classes() -> None:
    codepoints = np.array([CHARACTERS.codepoints[2], 0x4E00, IGNORED_CODEPOINT], np.int32)
    image = np.zeros((64, 64, 3), np.uint8)

    batch = to_batch([LabelledImage(image, Labels(np.ones((3, 4), np.float32), codepoints))])

    assert batch.classes_N.tolist() == [2, UNKNOWN_CLASS, IGNORED_CLASS]
