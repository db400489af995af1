"""Batches of pages: every page once, in bounded memory, and in halves where it does not fit."""

import numpy as np
import pytest
import torch
from torch import Tensor

from model.characters import ImageArray
from model.page_batches import BatchComputer

GREY = [np.full((64, 96, 3), value, np.uint8) for value in range(7)]


class SmallMemory:
    """Stands in for a network on a device that holds so many images."""

    def __init__(self, room: int, error: type[Exception] = torch.OutOfMemoryError) -> None:
        self.room = room
        self.error = error
        self.asked: list[int] = []

    def __call__(self, image_BCHW: Tensor) -> Tensor:
        self.asked.append(len(image_BCHW))
        if len(image_BCHW) > self.room:
            raise self.error("out of memory")
        return image_BCHW.float().mean((1, 2, 3))


def computed(
    memory: SmallMemory, images: list[ImageArray], computer: BatchComputer | None = None
) -> dict[int, float]:
    computer = computer or BatchComputer()
    return {
        i: float(value)
        for group, mean_B in computer.compute(memory, images)
        for i, value in zip(group, mean_B, strict=True)
    }


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError])
def test_a_batch_that_does_not_fit_is_computed_in_halves(error: type[Exception]) -> None:
    values = computed(SmallMemory(3, error), GREY)

    assert values == {i: float(i) for i in range(7)}


def test_after_an_out_of_memory_batches_stay_small() -> None:
    memory = SmallMemory(3)
    computer = BatchComputer()
    computed(memory, GREY, computer)
    memory.asked.clear()

    computed(memory, GREY, computer)

    assert max(memory.asked) <= 3


def test_what_did_not_fit_once_is_not_tried_again_in_the_same_call() -> None:
    wider = [np.full((64, 128, 3), value, np.uint8) for value in range(7)]
    memory = SmallMemory(3)

    list(BatchComputer().compute(memory, [*GREY, *wider]))

    assert memory.asked == [7, 3, 3, 1, 2, 2, 2, 1]  # as many pixels as fitted: fewer wide pages


def test_a_page_that_does_not_fit_alone_is_an_error() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        computed(SmallMemory(0), GREY)


def test_pages_of_several_sizes_come_back_under_their_own_numbers() -> None:
    shapes = [(64, 96), (32, 32), (64, 96), (40, 90), (32, 32)]
    images = [np.full((*shape, 3), i, np.uint8) for i, shape in enumerate(shapes)]

    values = computed(SmallMemory(9), images)

    assert values == {i: float(i) for i in range(5)}


def test_no_images_are_no_batches() -> None:
    assert list(BatchComputer().compute(SmallMemory(1), [])) == []
