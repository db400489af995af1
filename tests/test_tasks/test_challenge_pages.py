"""A rendered challenge has the challenge's files, and reads as the challenge does."""

import csv
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tasks.challenge import read_labels
from tasks.challenge_pages import BOOKS, image_id, render_challenge
from tasks.label_check import check_labels
from tasks.label_sources import open_labels, split_by_book
from tasks.progress import PageProgress

FONTS = Path(__file__).parents[1] / "data" / "fonts"
PAGES = 2


@pytest.fixture(scope="module")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("challenge")
    render_challenge(folder, PAGES, fonts=[FONTS], seed=3, height=300)
    return folder


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_it_has_the_challenges_files(challenge: Path) -> None:
    assert sorted(path.name for path in challenge.iterdir()) == [
        "sample_submission.csv",
        "test_images.zip",
        "train.csv",
        "train_images.zip",
        "unicode_translation.csv",
    ]


def test_it_reads_without_a_finding(challenge: Path) -> None:
    archive = open_labels("kaggle", str(challenge))

    with PageProgress(len(archive.pages)) as progress:
        report = check_labels(archive, progress)

    assert not report.findings
    assert [(book.name, book.pages) for book in report.books] == [
        ("200000101", PAGES),
        ("200000102", PAGES),
        ("200000103", PAGES),
        ("mini", 2 * PAGES),
    ]
    assert all(split_by_book(archive.pages, fold=fold).validation for fold in range(4))


def test_the_last_page_of_the_first_book_is_blank(challenge: Path) -> None:
    labels = read_labels(challenge / "train.csv")

    assert len(labels["200000101_00001_2"]) == 0
    assert sum(map(len, labels.values())) > 0


def test_the_sample_predicts_the_placeholder_for_every_test_image(challenge: Path) -> None:
    with ZipFile(challenge / "test_images.zip") as images:
        names = sorted(name.removesuffix(".jpg") for name in images.namelist())

    header, *rows = table(challenge / "sample_submission.csv")

    assert header == ["image_id", "labels"]
    assert rows == [[name, "U+003F 1 1 U+FF2F 2 2"] for name in names]
    assert len(names) == PAGES
    assert all(re.fullmatch("test_[0-9a-f]{8}", name) for name in names)


def test_the_table_of_characters_holds_each_once(challenge: Path) -> None:
    header, *rows = table(challenge / "unicode_translation.csv")

    assert header == ["Unicode", "char"]
    assert all(label == f"U+{ord(char):04X}" for label, char in rows)
    assert len({label for label, _ in rows}) == len(rows)


def test_equal_seeds_give_equal_files(challenge: Path, tmp_path: Path) -> None:
    render_challenge(tmp_path, PAGES, fonts=[FONTS], seed=3, height=300)

    for path in challenge.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_another_seed_gives_other_pages(challenge: Path, tmp_path: Path) -> None:
    render_challenge(tmp_path, PAGES, fonts=[FONTS], seed=4, height=300)

    assert (tmp_path / "train.csv").read_bytes() != (challenge / "train.csv").read_bytes()
    assert list(read_labels(tmp_path / "train.csv")) == list(read_labels(challenge / "train.csv"))


@pytest.mark.parametrize(
    ("book", "number", "name"),
    [
        ("200000101", 1, "200000101_00001_1"),
        ("200000101", 2, "200000101_00001_2"),
        ("200000101", 3, "200000101_00002_1"),
        ("umgy003", 10, "umgy003-010"),
    ],
)
def test_pages_are_named_as_in_the_challenge(book: str, number: int, name: str) -> None:
    assert image_id(book, number) == name


def test_one_book_is_no_challenge(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two books or more"):
        render_challenge(tmp_path, 1, books=BOOKS[:1])
