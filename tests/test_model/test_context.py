"""Re-ranking: what it may change, what it never changes, and that it does what it says."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import PageReading
from model.context import Context, posteriors
from model.context_file import ContextFileError, pack_context, unpack_context
from model.language_model import LanguageModel, count_trigrams
from model.reading_order import page_layout

SIZE = 40.0
TEXT = ("いづれの御時にか", "女御更衣あまた", "さぶらひたまひける", "なかにいとやむごとなき")
KANA = "いづれのおほんときにか"
LANGUAGE = LanguageModel(count_trigrams(2 * TEXT))  # what occurs once is nearly discounted


def reading_of(*columns: list[tuple[str, list[float]]], presence: float = 0.5) -> PageReading:
    """Columns from right to left of characters, each with its alternatives and probabilities."""
    places = [(x, y) for x, column in enumerate(columns) for y in range(len(column))]
    characters = [character for column in columns for character in column]
    if not characters:
        return PageReading.empty(5)
    probabilities_NK = np.array([weights for _, weights in characters], np.float32)
    return PageReading(
        boxes_N4=np.array(
            [(2000 - 2 * SIZE * x, 100 + 1.1 * SIZE * y, SIZE, SIZE) for x, y in places],
            np.float32,
        ),
        scores_N=(presence * probabilities_NK[:, 0]).astype(np.float32),
        codepoints_NK=np.array([[ord(c) for c in names] for names, _ in characters], np.int32),
        probabilities_NK=probabilities_NK,
    )


@st.composite
def readings(draw: st.DrawFn) -> PageReading:
    alternatives = draw(st.integers(1, 5))
    shape = draw(st.lists(st.integers(0, 6), max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    return reading_of(
        *[
            [
                (
                    "".join(rng.choice(list(KANA), alternatives, replace=False)),
                    sorted(rng.dirichlet(np.full(alternatives + 1, 0.5))[1:], reverse=True),
                )
                for _ in range(length)
            ]
            for length in shape
        ]
    )


WEIGHTS = st.floats(0, 10)
MARGINS = st.floats(1, 1e9)


@given(readings(), WEIGHTS, MARGINS)
def test_no_character_is_invented_moved_or_lost(
    reading: PageReading, weight: float, margin: float
) -> None:
    reranked = Context(LANGUAGE, weight, margin).rerank(reading)

    assert np.array_equal(reranked.boxes_N4, reading.boxes_N4)
    assert np.array_equal(np.sort(reranked.codepoints_NK), np.sort(reading.codepoints_NK))
    assert (np.diff(reranked.probabilities_NK, axis=1) <= 0).all()
    assert reranked.probabilities_NK.dtype == np.float32


@given(readings(), WEIGHTS, MARGINS)
def test_alternatives_keep_their_sum_and_scores_are_left(
    reading: PageReading, weight: float, margin: float
) -> None:
    reranked = Context(LANGUAGE, weight, margin).rerank(reading)

    sums = reading.probabilities_NK.sum(1)
    assert reranked.probabilities_NK.sum(1) == pytest.approx(sums, abs=1e-5)
    assert np.array_equal(reranked.scores_N, reading.scores_N)


@given(readings(), MARGINS)
def test_without_weight_nothing_changes(reading: PageReading, margin: float) -> None:
    for weight in (0.0, 1e-12):
        reranked = Context(LANGUAGE, weight, margin).rerank(reading)

        assert np.array_equal(reranked.codepoints_NK, reading.codepoints_NK)
        assert reranked.probabilities_NK == pytest.approx(reading.probabilities_NK, abs=1e-6)


@given(readings(), WEIGHTS)
def test_what_is_sure_is_left_as_it_is(reading: PageReading, weight: float) -> None:
    margin = 3.0
    probabilities_NK = reading.probabilities_NK.astype(np.float64)
    alone = probabilities_NK.shape[1] == 1
    sure_N = alone | (probabilities_NK[:, 0] >= margin * probabilities_NK[:, -1 if alone else 1])

    reranked = Context(LANGUAGE, weight, margin).rerank(reading)

    for name in ("codepoints_NK", "probabilities_NK", "scores_N"):
        assert np.array_equal(getattr(reranked, name)[sure_N], getattr(reading, name)[sure_N])


@given(readings(), WEIGHTS, MARGINS)
def test_equal_readings_are_reranked_equally(
    reading: PageReading, weight: float, margin: float
) -> None:
    before = reading.probabilities_NK.copy()

    once, again = (Context(LANGUAGE, weight, margin).rerank(reading) for _ in range(2))

    assert np.array_equal(once.probabilities_NK, again.probabilities_NK)
    assert np.array_equal(once.codepoints_NK, again.codepoints_NK)
    assert np.array_equal(reading.probabilities_NK, before)


def test_an_unsure_character_becomes_what_stands_there_in_the_text() -> None:
    sure = [0.9, 0.01]
    reading = reading_of(
        [("御さ", sure), ("時い", sure), ("かに", [0.4, 0.35]), ("かき", sure)],
        [("更御", sure), ("衣さ", sure), ("るあ", [0.4, 0.3]), ("まと", sure)],
    )

    reranked = Context(LANGUAGE).rerank(reading)

    assert "".join(map(chr, reranked.codepoints_NK[:, 0])) == "御時にか更衣あま"
    assert reranked.probabilities_NK[2, 0] > 0.35


def test_columns_say_nothing_about_each_other() -> None:
    column = [("御さ", [0.6, 0.3]), ("時い", [0.5, 0.4])]
    beside = [("にか", [0.5, 0.4]), ("かあ", [0.5, 0.4])]

    together = Context(LANGUAGE).rerank(reading_of(column, beside))
    alone = Context(LANGUAGE).rerank(reading_of(beside))

    assert np.array_equal(together.probabilities_NK[2:], alone.probabilities_NK)


def test_furigana_are_no_part_of_the_column() -> None:
    column = [
        ("御さ", [0.6, 0.3]),
        ("時い", [0.5, 0.4]),
        ("にか", [0.5, 0.4]),
        ("かあ", [0.5, 0.4]),
    ]
    plain = reading_of(column, column)
    furigana = np.array([[2000 + 0.9 * SIZE, 100 + 1.1 * SIZE, 13, 13]], np.float32)
    glossed = PageReading(
        np.insert(plain.boxes_N4, 2, furigana, 0),
        np.insert(plain.scores_N, 2, 0.2),
        np.insert(plain.codepoints_NK, 2, [ord("と"), ord("き")], 0),
        np.insert(plain.probabilities_NK, 2, [0.4, 0.39], 0),
    )
    assert page_layout(glossed.boxes_N4).base_N[2] == 1

    reranked = Context(LANGUAGE).rerank(glossed)

    assert reranked.codepoints_NK[2].tolist() == [ord("と"), ord("き")]
    others = np.delete(reranked.probabilities_NK, 2, 0)
    assert np.array_equal(others, Context(LANGUAGE).rerank(plain).probabilities_NK)


@pytest.mark.parametrize(
    "reading",
    [
        PageReading.empty(5),
        reading_of([("い", [0.5])]),
        reading_of([("いろ", [0.5, 0.5])]),
        reading_of([("いろ", [0.0, 0.0]), ("はに", [0.0, 0.0])]),
        reading_of([("日月", [0.5, 0.4]), ("\U0001b002\0", [0.5, 0.4])]),
    ],
    ids=["empty", "no alternative", "one character", "probabilities of 0", "foreign characters"],
)
def test_hardly_anything_is_reranked_too(reading: PageReading) -> None:
    reranked = Context(LANGUAGE).rerank(reading)

    assert np.isfinite(reranked.probabilities_NK).all()
    assert np.isfinite(reranked.scores_N).all()
    assert len(reranked) == len(reading)


@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(1, 3))
def test_posteriors_sum_over_all_ways(seed: int, length: int, alternatives: int) -> None:
    rng = np.random.default_rng(seed)
    evidence_TK = rng.uniform(0.01, 1, (length, alternatives))
    follows_TKKK = rng.uniform(0.01, 1, (length, *(alternatives,) * 3))
    follows_TKKK[0] = follows_TKKK[0, 0, 0]  # nothing stands before the first
    follows_TKKK[1:2] = follows_TKKK[1:2, :1]
    expected_TK = np.zeros((length, alternatives))
    for way in product(range(alternatives), repeat=length):
        before = (0, 0, *way)
        weight = np.prod(
            [evidence_TK[t, k] * follows_TKKK[t][before[t : t + 3]] for t, k in enumerate(way)]
        )
        expected_TK[range(length), way] += weight

    found_TK = posteriors(evidence_TK, follows_TKKK)

    assert found_TK == pytest.approx(expected_TK / expected_TK.sum(1, keepdims=True))


@pytest.mark.parametrize(
    "bounds",
    [
        {"weight": -0.1},
        {"weight": 11},
        {"weight": float("nan")},
        {"margin": 0.9},
        {"margin": float("inf")},
        {"margin": float("nan")},
    ],
    ids=str,
)
def test_bounds_of_weight_and_margin_are_checked(bounds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(bounds))} must be"):
        Context(LANGUAGE, **bounds)


def test_a_context_reads_as_it_was_packed() -> None:
    reading = reading_of([(KANA[:5], [0.3, 0.2, 0.2, 0.1, 0.1]), (KANA[3:8], [0.2] * 5)])
    context = Context(LANGUAGE, 0.75, 7)
    data = pack_context(context, {"licence": "CC0"})

    restored, card = unpack_context(data)

    assert card == {"licence": "CC0"}
    assert (restored.weight, restored.margin) == (0.75, 7)
    assert pack_context(restored, card) == data
    one, other = restored.rerank(reading), context.rerank(reading)
    assert np.array_equal(one.probabilities_NK, other.probabilities_NK)


PACKED = pack_context(Context(LANGUAGE), {})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a context"),
        (b"a text, one column a line", "not a context"),
        (PACKED[:-1], "not a context"),
        (PACKED.replace(b'format_version\\": 1', b'format_version\\": 2'), "version 2"),
        (PACKED.replace(b'margin\\": 20', b'margin\\": 00'), "not a context"),
        (PACKED.replace(b'weight\\": 0.5', b'weight\\": -05'), "not a context"),
        (PACKED.replace(b'weight\\": 0.5', b'weight\\": 5e3'), "weight must be"),
        (PACKED.replace(b'weight\\"', b'height\\"'), "weight"),
    ],
    ids=["empty", "text", "cut", "newer", "no number", "nor this", "out of bounds", "missing"],
)
def test_foreign_bytes_are_no_context(data: bytes, message: str) -> None:
    assert data != PACKED

    with pytest.raises(ContextFileError, match=message):
        unpack_context(data)
