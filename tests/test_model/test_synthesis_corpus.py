"""What synthetic pages say: running text or balanced characters, repeatable."""

import numpy as np
import pytest

from model.synthesis.corpus import DEFAULT_TEXT, Corpus


def test_the_classical_texts_have_no_blank_and_no_long_column() -> None:
    assert all(0 < len(column) <= 20 for column in DEFAULT_TEXT)


def test_half_of_the_columns_are_running_text() -> None:
    corpus = Corpus(["いろはにほへと"], {ord("山"): 1})
    rng = np.random.default_rng(0)

    running = [ord("山") not in corpus.sample(rng, 5) for _ in range(400)]

    assert 0.4 < np.mean(running) < 0.6


def test_running_text_goes_on_from_column_to_column() -> None:
    corpus = Corpus(["いろ", "はに"], {ord("山"): 1})
    rng = np.random.default_rng(0)

    texts = {"".join(map(chr, corpus.sample(rng, 3))) for _ in range(50)}

    assert texts == {"いろは", "ろはに", "はにい", "にいろ", "山山山"}


def test_rare_characters_are_drawn_more_often_than_they_occur() -> None:
    corpus = Corpus([], {ord("の"): 10_000, ord("鱗"): 100})

    drawn = corpus.sample(np.random.default_rng(0), 20_000)

    assert np.mean(drawn == ord("鱗")) == pytest.approx(1 / 11, abs=0.01)


@pytest.mark.parametrize("length", [0, 1, 500])
def test_a_column_has_the_length_asked_for(length: int) -> None:
    column = Corpus().sample(np.random.default_rng(1), length)

    assert column.shape == (length,)
    assert column.dtype == np.int32


def test_a_corpus_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one character"):
        Corpus([])
