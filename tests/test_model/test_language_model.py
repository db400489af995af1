"""Kneser-Ney trigrams against their definition, written out."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.language_model import LanguageModel, TrigramCounts, count_trigrams

COLUMNS = st.lists(st.text("あいうえ", max_size=6), min_size=1, max_size=8).filter("".join)


def language_of(*columns: str) -> LanguageModel:
    return LanguageModel(count_trigrams(columns))


def ngrams(columns: list[str], length: int) -> Counter[str]:
    """Occurrences of n-grams of the longest length, contexts of shorter ones."""
    padded = [f"^^{column}" for column in columns if column]
    if length == 3:
        return Counter(text[i : i + 3] for text in padded for i in range(len(text) - 2))
    return Counter(longer[1:] for longer in ngrams(columns, length + 1))


def probability_by_definition(columns: list[str], text: str, vocabulary: int) -> float:
    """Chen and Goodman 1999, equation of interpolated Kneser-Ney, recursively."""
    if not text:
        return 1 / (vocabulary + 1)
    counts = ngrams(columns, len(text))
    values = list(counts.values())
    once, twice = values.count(1), values.count(2)
    discount = min(max(once / max(1, once + 2 * twice), 1e-3), 1 - 1e-3)
    shorter = probability_by_definition(columns, text[1:], vocabulary)
    following = [count for ngram, count in counts.items() if ngram[:-1] == text[:-1]]
    if not following:
        return shorter
    own = max(counts[text] - discount, 0) / sum(following)
    return own + discount * len(following) / sum(following) * shorter


@given(COLUMNS)
def test_probabilities_are_those_of_the_definition(columns: list[str]) -> None:
    language = language_of(*columns)
    known = sorted(set("".join(columns)))
    texts = ["".join(text) for text in product(["^", *known], ["^", *known], known)]
    texts = [text for text in texts if text[1] != "^" or text[0] == "^"]
    numbers = {"^": 0} | {c: n for n, c in enumerate(known, 1)}

    found = language.probabilities(np.array([[numbers[c] for c in text] for text in texts]))

    expected = [probability_by_definition(columns, text, len(known)) for text in texts]
    assert found == pytest.approx(expected)


@given(COLUMNS)
def test_after_whatever_stands_before_probabilities_add_up_to_one(columns: list[str]) -> None:
    language = language_of(*columns)
    first, second, last = np.meshgrid(
        np.arange(language.unknown + 1),
        np.arange(language.unknown + 1),
        np.arange(1, language.unknown + 1),
        indexing="ij",
    )

    probabilities = language.probabilities(np.stack([first, second, last], -1))

    assert (probabilities > 0).all()
    assert probabilities.sum(-1) == pytest.approx(np.ones((language.unknown + 1,) * 2))


def test_characters_have_numbers_and_foreign_ones_share_one() -> None:
    language = language_of("うあ", "い")
    characters = np.array([[ord(c) for c in "あいう"], [ord("日"), 0, 0x1B002]])

    assert language.numbers_of(characters).tolist() == [[1, 2, 3], [4, 4, 4]]


def test_equal_texts_have_equal_counts() -> None:
    once, again = (count_trigrams(["ありけり", "", "ける"]) for _ in range(2))

    assert once.trigrams_G3.tolist() == again.trigrams_G3.tolist()
    assert once.counts_G.sum() == 6


@pytest.mark.parametrize("columns", [[], [""]])
def test_a_text_without_characters_is_refused(columns: list[str]) -> None:
    with pytest.raises(ValueError, match="give a text"):
        count_trigrams(columns)


@pytest.mark.parametrize(
    ("trigrams", "counts"),
    [([], []), ([[0, 0, 1]], []), ([[0, 1]], [1]), ([[0, 0, 3]], [1])],
    ids=["none", "without counts", "bigrams", "of characters that are not there"],
)
def test_counts_that_do_not_fit_are_refused(trigrams: list[list[int]], counts: list[int]) -> None:
    with pytest.raises(ValueError, match="trigrams_G3 must be"):
        TrigramCounts(
            np.array([0x3042, 0x3044], np.int32),
            np.array(trigrams, np.uint16),
            np.array(counts, np.uint32),
        )
