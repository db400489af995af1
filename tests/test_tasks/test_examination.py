"""What an examination says of a model, from the counts of its pages."""

import json

import pytest

from model.metric import Counts
from model.text_metric import TextCounts
from tasks.examination import Examination, ExaminedPage

TEXT = ExaminedPage("text", TextCounts(edits=25, length=100), found=80)
BOXES = ExaminedPage("boxes", matches=Counts(tp=3, fp=1, fn=2))


@pytest.mark.parametrize(
    ("pages", "figures", "score"),
    [
        pytest.param([], {}, 0, id="nothing"),
        pytest.param([ExaminedPage("blank")], {}, 0, id="nothing known"),
        pytest.param([TEXT], {"cer": 0.25, "aligned": 0.8}, 0.75, id="text"),
        pytest.param([BOXES], {"f1": 6 / 9}, 6 / 9, id="boxes"),
        pytest.param(
            [TEXT, BOXES],
            {"cer": 0.25, "aligned": 0.8, "f1": 6 / 9},
            (0.75 + 6 / 9) / 2,
            id="text and boxes",
        ),
        pytest.param(
            [ExaminedPage("nothing right", matches=Counts(fp=4, fn=2))],
            {"f1": 0},
            0,
            id="all wrong",
        ),
        pytest.param(
            [TEXT, ExaminedPage("longer", TextCounts(edits=300, length=300))],
            {"cer": 325 / 400, "aligned": 80 / 400},
            75 / 400,
            id="characters count, not pages",
        ),
    ],
)
def test_figures_are_of_all_characters_together(
    pages: list[ExaminedPage], figures: dict[str, float], score: float
) -> None:
    examination = Examination("digest", pages)

    assert examination.figures == pytest.approx(figures)
    assert examination.score == pytest.approx(score)


def test_an_examination_is_read_as_it_was_written() -> None:
    examination = Examination("digest", [TEXT, BOXES])

    again = Examination.from_dict(json.loads(json.dumps(examination.to_dict())))

    assert again == examination
