"""The gate lets gains through and noise not."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.gate import Verdict, judge_candidate
from model.metric import Counts
from model.text_metric import TextCounts


@dataclass(frozen=True, slots=True)
class Result:
    page: str
    matches: Counts = field(default_factory=Counts)
    text: TextCounts = field(default_factory=TextCounts)
    found: int = 0


def boxed(found: list[int], truths: int = 100) -> list[Result]:
    """Pages of so many right readings; every other character is read wrong."""
    return [Result(f"p{n}", Counts(tp, truths - tp, truths - tp)) for n, tp in enumerate(found)]


def written(edits: list[int], found: int = 80, length: int = 100) -> list[Result]:
    return [Result(f"p{n}", text=TextCounts(e, length), found=found) for n, e in enumerate(edits)]


def figures(verdict: Verdict) -> list[str]:
    return [one.figure for one in verdict.comparisons]


def test_a_gain_on_every_page_is_better() -> None:
    verdict = judge_candidate(boxed([50, 60, 70]), boxed([55, 66, 74]))

    [f1] = verdict.comparisons
    assert verdict.better
    assert (f1.figure, f1.parent, f1.candidate) == ("F1", 0.6, pytest.approx(0.65))
    assert 0.039 <= f1.gain.low <= 0.05 <= f1.gain.high <= 0.061
    assert verdict.reason.startswith("better in F1 by more than noise: F1 0.600 -> 0.650 (gain +0")


def test_a_gain_on_one_page_alone_is_noise() -> None:
    verdict = judge_candidate(boxed([50, 60, 70, 50]), boxed([90, 60, 70, 49]))

    assert not verdict.better
    assert verdict.reason.startswith("no figure is better by more than noise")


def test_pages_are_drawn_together_so_that_hard_pages_do_not_hide_a_gain() -> None:
    hard_and_easy = [5, 95] * 4

    verdict = judge_candidate(boxed(hard_and_easy), boxed([tp + 2 for tp in hard_and_easy]))

    assert verdict.better


def test_equal_models_are_not_better() -> None:
    assert not judge_candidate(boxed([50, 60]), boxed([50, 60])).better


def test_fewer_edits_are_better() -> None:
    verdict = judge_candidate(written([60, 70, 80]), written([50, 61, 69]))

    assert verdict.better
    assert figures(verdict) == ["CER", "aligned recall"]
    assert verdict.comparisons[0].gain.low > 0


def test_a_gain_in_one_figure_does_not_pay_for_a_loss_in_another() -> None:
    parent = boxed([50, 60, 70]) + written([60, 70, 80])
    candidate = boxed([55, 66, 74]) + written([70, 80, 90])

    verdict = judge_candidate(parent, candidate)

    assert not verdict.better
    assert verdict.reason.startswith("worse in CER by more than noise")
    assert figures(verdict) == ["F1", "CER", "aligned recall"]


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param([], id="no page"),
        pytest.param(boxed([50]), id="one page"),
        pytest.param([Result("a"), Result("b")], id="nothing known"),
        pytest.param(boxed([50]) + written([50]), id="one of each"),
    ],
)
def test_without_evidence_nothing_is_better(parent: list[Result]) -> None:
    verdict = judge_candidate(parent, parent)

    assert not verdict.better
    assert "fewer than two pages with boxes or text; hold out more" in verdict.reason


def test_blank_pages_count_with_what_is_read_in_vain() -> None:
    blank = [Result("a", Counts(0, 3, 0)), Result("b", Counts(0, 5, 0))]
    pages = boxed([50, 60, 70, 80])

    verdict = judge_candidate(blank + pages, [Result("a"), Result("b"), *pages])

    assert verdict.comparisons[0].candidate > verdict.comparisons[0].parent


def test_other_pages_are_refused() -> None:
    with pytest.raises(ValueError, match="same pages in the same order"):
        judge_candidate(boxed([1, 2]), boxed([1, 2, 3]))


def test_a_verdict_is_plain_values() -> None:
    values = judge_candidate(boxed([50, 60]), boxed([60, 70])).to_dict()

    assert values["better"] is True
    assert values["comparisons"][0]["gain"].keys() == {"low", "high"}


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_better_and_worse_are_each_other_s_opposite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = (boxed(rng.integers(0, 100, 6).tolist()) for _ in range(2))

    forth, back = judge_candidate(one, other), judge_candidate(other, one)

    assert forth.comparisons[0].gain.low == pytest.approx(-back.comparisons[0].gain.high)
    assert not (forth.better and back.better)


def test_hardly_any_candidate_without_gain_passes() -> None:
    rng = np.random.default_rng(0)
    draws = [[rng.binomial(100, 0.5, 12).tolist() for _ in range(2)] for _ in range(200)]

    passed = sum(judge_candidate(boxed(one), boxed(other)).better for one, other in draws)

    assert passed <= 14  # 2.5 % are 5; a bootstrap of 12 pages is somewhat too narrow
