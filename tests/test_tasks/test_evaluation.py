"""An archive's readings against its labels."""

import json
from dataclasses import replace

import numpy as np
import pytest

from model.characters import Labels, PageReading
from model.metric import Counts, score_page
from tasks.challenge import AmbiguousImageError, read_submission, write_submission
from tasks.evaluation import (
    HEADINGS,
    Evaluation,
    Score,
    coverage_sentence,
    evaluate,
    evaluation_from_json,
    evaluation_to_json,
    evaluation_to_markdown,
    evaluation_to_rows,
)

NO, HA = 0x306E, 0x306F


def labels_of(*codepoints: int) -> Labels:
    """Characters of 20 pixels, one below the other."""
    boxes = [(100, 30 * row, 20, 20) for row in range(len(codepoints))]
    return Labels(
        np.array(boxes, np.float32).reshape(-1, 4), np.array(codepoints, np.int32).reshape(-1)
    )


def reading_of(*codepoints: int) -> PageReading:
    """A reading of those characters at the places where `labels_of` puts them."""
    labels = labels_of(*codepoints)
    return PageReading(
        labels.boxes_N4,
        np.ones(len(labels), np.float32),
        labels.codepoints_N[:, None],
        np.ones((len(labels), 1), np.float32),
    )


@pytest.fixture
def evaluation() -> Evaluation:
    labels = {
        "a_1": labels_of(NO, HA),
        "a_2": labels_of(NO),
        "b_1": labels_of(NO, NO, NO),
        "b_2": labels_of(HA),
        "b_3": Labels.empty(),
    }
    readings = {
        "a/a_1.jpg": reading_of(NO, NO),
        "a/a_2.jpg": reading_of(NO, HA),
        "b/b_1.jpg": None,
        "b/b_3.jpg": reading_of(NO),
        "c/c_1.jpg": reading_of(NO),
        "c/c_2.jpg": None,
    }
    return evaluate(labels, readings)


def test_counts_are_summed_over_all_labelled_pages(evaluation: Evaluation) -> None:
    overall = evaluation.overall

    assert overall == Score(5, characters=Counts(2, 3, 5), detection=Counts(3, 2, 4))


def test_each_book_has_its_own_score(evaluation: Evaluation) -> None:
    books = evaluation.books

    assert books == {
        "a": Score(2, characters=Counts(2, 2, 1), detection=Counts(3, 1, 0)),
        "b": Score(3, characters=Counts(0, 1, 4), detection=Counts(0, 1, 4)),
    }


def test_every_labelled_page_is_scored_failed_or_missing(evaluation: Evaluation) -> None:
    assert evaluation.pages_scored == 3
    assert evaluation.pages_failed == ["b_1"]
    assert evaluation.pages_missing == ["b_2"]


def test_pages_without_labels_count_for_nothing_and_are_told(evaluation: Evaluation) -> None:
    assert evaluation.pages_unlabelled == 2


@pytest.mark.parametrize(
    ("labels", "readings", "expected"),
    [
        ({}, {}, Counts(0, 0, 0)),
        ({}, {"p_1.jpg": reading_of(NO)}, Counts(0, 0, 0)),
        ({"p_1": labels_of(NO)}, {}, Counts(0, 0, 1)),
        ({"p_1": labels_of(NO)}, {"p_1.jpg": None}, Counts(0, 0, 1)),
        ({"p_1": labels_of(NO)}, {"p_1.jpg": PageReading.empty()}, Counts(0, 0, 1)),
        ({"p_1": Labels.empty()}, {"p_1.jpg": PageReading.empty()}, Counts(0, 0, 0)),
        ({"p_1": Labels.empty()}, {"p_1.jpg": reading_of(NO)}, Counts(0, 1, 0)),
    ],
)
def test_degenerate_archives_are_counted(
    labels: dict[str, Labels], readings: dict[str, PageReading | None], expected: Counts
) -> None:
    evaluation = evaluate(labels, readings)

    assert evaluation.overall.characters == expected


def test_two_pages_of_one_name_are_refused() -> None:
    readings = {"a/p_1.jpg": reading_of(NO), "b/p_1.jpg": reading_of(NO)}

    with pytest.raises(AmbiguousImageError, match=r"'a/p_1.jpg' and 'b/p_1.jpg'"):
        evaluate({"p_1": labels_of(NO)}, readings)


def test_the_archive_scores_what_its_submission_scores() -> None:
    rng = np.random.default_rng(7)
    boxes_N4 = rng.uniform(1, 60, (1300, 4)).astype(np.float32)
    codepoints_N = rng.integers(NO, NO + 3, 1300).astype(np.int32)
    scores_N = rng.uniform(0, 1, 1300).astype(np.float32)
    reading = PageReading(boxes_N4, scores_N, codepoints_N[:, None], np.ones((1300, 1), np.float32))
    truth = Labels(boxes_N4[::3], codepoints_N[::3])

    evaluation = evaluate({"p_1": truth}, {"p_1.jpg": reading})

    submitted = read_submission(write_submission([("p_1.jpg", reading)]))["p_1"]
    counts = score_page(truth, submitted.codepoints_N, submitted.points_N2)
    assert evaluation.overall.characters == counts


def test_the_json_holds_counts_and_ratios(evaluation: Evaluation) -> None:
    tree = evaluation_to_json(evaluation)

    assert json.loads(json.dumps(tree)) == tree
    assert tree["overall"] == {
        "pages": 5,
        "characters": {
            "f1": pytest.approx(1 / 3),
            "precision": pytest.approx(0.4),
            "recall": pytest.approx(2 / 7),
            "tp": 2,
            "fp": 3,
            "fn": 5,
        },
        "detection": {
            "f1": pytest.approx(0.5),
            "precision": pytest.approx(0.6),
            "recall": pytest.approx(3 / 7),
            "tp": 3,
            "fp": 2,
            "fn": 4,
        },
    }
    assert list(tree["books"]) == ["a", "b"]
    assert tree["pages_failed"] == ["b_1"]
    assert tree["pages_missing"] == ["b_2"]


def test_the_json_reads_back_as_the_same_evaluation(evaluation: Evaluation) -> None:
    tree = json.loads(json.dumps(evaluation_to_json(evaluation)))

    assert evaluation_from_json(tree) == evaluation


def test_rows_end_with_the_sum(evaluation: Evaluation) -> None:
    rows = evaluation_to_rows(evaluation)

    assert [row[0] for row in rows] == ["a", "b", "all"]
    assert rows[-1] == ("all", "5", "0.3333", "0.4000", "0.2857", "2", "3", "5", "0.5000")
    assert {len(row) for row in rows} == {len(HEADINGS)}


def test_the_markdown_holds_the_rows_and_the_coverage(evaluation: Evaluation) -> None:
    markdown = evaluation_to_markdown(evaluation)

    assert markdown.startswith("| book | pages | F1 |")
    assert "| all | 5 | 0.3333 |" in markdown
    assert coverage_sentence(evaluation) in markdown


def test_a_book_name_cannot_break_the_table() -> None:
    markdown = evaluation_to_markdown(evaluate({"a|b_1": labels_of(NO)}, {}))

    assert r"| a\|b | 1 |" in markdown


def test_the_coverage_names_all_kinds_of_pages(evaluation: Evaluation) -> None:
    sentence = coverage_sentence(evaluation)

    assert sentence == (
        "3 of 5 labelled pages were read, 1 failed, 1 missing; "
        "2 pages have no labels and do not count."
    )


def test_what_is_less_sure_is_left_out_and_told() -> None:
    reading = replace(reading_of(NO, NO, HA), scores_N=np.array([0.9, 0.3, 0.29], np.float32))

    evaluation = evaluate({"p_1": labels_of(NO, HA, HA)}, {"p_1.jpg": reading}, least_score=0.3)

    assert evaluation.overall.characters == Counts(tp=1, fp=1, fn=2)
    assert coverage_sentence(evaluation).endswith("Characters of a score below 0.3 were left out.")
    assert evaluation_from_json(evaluation_to_json(evaluation)) == evaluation
