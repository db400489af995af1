"""Characters that look alike name each other; those that do not leave each other alone."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.propagation import SHARE, propagate

CLASSES = 50


def page_of(*characters: int, sure: float = 9.0, seed: int = 0) -> Tensor:
    """Log-probabilities of characters; those of a class look alike beyond its own logit."""
    looks_CC = torch.randn(CLASSES, CLASSES, generator=torch.manual_seed(seed))
    logits_NC = looks_CC[list(characters)].clone()
    logits_NC[torch.arange(len(characters)), list(characters)] += sure
    return logits_NC.log_softmax(1)


def test_unsure_character_is_named_like_those_that_look_like_it() -> None:
    log_NC = page_of(3, 3, 3, 3, 7, 7, 7, 11, 12)
    log_NC[0, 5] = log_NC[0, 3] + 0.1  # the first one of class 3 is taken for 5, by a hair
    log_NC = log_NC.log_softmax(1)
    assert log_NC[0].argmax() == 5
    assert propagate(log_NC, torch.ones(9)).argmax(1).tolist() == [3, 3, 3, 3, 7, 7, 7, 11, 12]


def test_character_that_looks_like_no_other_keeps_its_probabilities() -> None:
    log_NC = page_of(*range(12))
    before_NC = log_NC.softmax(1)
    after_NC = propagate(log_NC, torch.ones(12)).softmax(1)
    assert (after_NC - before_NC).abs().max() < 0.01


def test_lonely_character_keeps_its_probabilities() -> None:
    log_1C = page_of(3)
    assert torch.equal(propagate(log_1C, torch.ones(1)), log_1C)


def test_page_without_characters_stays_one() -> None:
    assert propagate(torch.zeros(0, CLASSES), torch.zeros(0)).shape == (0, CLASSES)


def test_what_is_certainly_no_character_says_nothing() -> None:
    log_NC = page_of(3, 3, 7)
    after_NC = propagate(log_NC, torch.tensor([1.0, 0.0, 0.0]))
    assert after_NC.isfinite().all()
    torch.testing.assert_close(after_NC[0], log_NC[0], rtol=1e-3, atol=1e-3)


def test_what_is_probably_no_character_has_little_to_say() -> None:
    log_NC = page_of(3, 3, 7, 8, 9)
    log_NC[0, 5] = log_NC[0, 3] - 3  # might be 5 rather than 3
    log_NC[1, 5] = log_NC[1, 3] + 2  # looks like it, and rather is
    log_NC = log_NC.log_softmax(1)
    before = log_NC.softmax(1)[0, 5]
    present = propagate(log_NC, torch.ones(5)).softmax(1)[0, 5]
    absent = propagate(log_NC, torch.tensor([1.0, 1e-6, 1.0, 1.0, 1.0])).softmax(1)[0, 5]
    assert present > 2 * before
    assert absent < 1.1 * before


def test_equal_characters_are_heard_with_nearly_the_whole_share() -> None:
    log_NC = page_of(3, 3, 7, 8, 9, 10)
    log_NC[0, 4] += 2
    log_NC = log_NC.log_softmax(1)
    after_NC = propagate(log_NC, torch.ones(6))
    heard = (after_NC[0, 4] - log_NC[0, 4]) / ((log_NC[1, 4].exp() + 1e-3).log() - log_NC[0, 4])
    assert 0.9 * SHARE < heard <= SHARE


@given(st.lists(st.integers(0, CLASSES - 1), min_size=1, max_size=30), st.integers(0, 99))
def test_order_of_the_characters_does_not_matter(characters: list[int], seed: int) -> None:
    log_NC = page_of(*characters, sure=3.0, seed=seed)
    presence_N = torch.rand(len(characters), generator=torch.manual_seed(seed)) * 0.9 + 0.1
    turned = torch.randperm(len(characters), generator=torch.manual_seed(seed + 1))
    straight_NC = propagate(log_NC, presence_N)
    assert straight_NC.isfinite().all()
    torch.testing.assert_close(
        propagate(log_NC[turned], presence_N[turned]), straight_NC[turned], rtol=1e-4, atol=1e-4
    )
