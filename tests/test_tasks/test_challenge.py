"""The challenge's CSV files, read and written."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from model.characters import Labels, PageReading
from tasks.challenge import (
    AmbiguousImageError,
    ChallengeFormatError,
    by_image_id,
    image_id_of,
    read_labels,
    read_submission,
    reading_to_points,
    write_labels,
    write_submission,
)


def reading_of(boxes: list[tuple[float, float, float, float]], scores: list[float]) -> PageReading:
    codepoints_N = np.arange(0x3042, 0x3042 + len(boxes), dtype=np.int32)
    return PageReading(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.stack([codepoints_N, codepoints_N + 1], axis=1),
        np.full((len(boxes), 2), 0.5, np.float32),
    )


def test_boxes_and_code_points_are_read_in_file_order() -> None:
    content = b"image_id,labels\np_1,U+306E 1 2 3 4 U+1B002 5 6 7.5 8\np_2,U+4E00 0 0 0 0\n"

    labels = read_labels(content)

    assert list(labels) == ["p_1", "p_2"]
    assert labels["p_1"].codepoints_N.tolist() == [0x306E, 0x1B002]
    assert labels["p_1"].boxes_N4.tolist() == [[1, 2, 3, 4], [5, 6, 7.5, 8]]
    assert labels["p_1"].boxes_N4.dtype == np.float32


def test_a_path_reads_as_its_content_does(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(b"image_id,labels\np_1,U+306E 1 2 3 4\n")

    labels = read_labels(path)

    assert labels["p_1"].boxes_N4.tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize("blank", ["", "nan", "NaN", " ", '""'])
def test_a_blank_page_has_no_labels(blank: str) -> None:
    labels = read_labels(f"image_id,labels\np_1,{blank}\n".encode())

    assert len(labels["p_1"]) == 0
    assert labels["p_1"].boxes_N4.shape == (0, 4)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbfimage_id,labels\np_1,\n", id="byte order mark"),
        pytest.param(b"image_id,labels\r\np_1,\r\n", id="windows line ends"),
        pytest.param(b"image_id,labels\np_1,", id="no last line end"),
        pytest.param(b"image_id,labels\n\np_1,\n\n", id="empty lines"),
    ],
)
def test_what_spreadsheets_do_to_a_file_is_forgiven(content: bytes) -> None:
    labels = read_labels(content)

    assert list(labels) == ["p_1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"first line must be image_id,labels, got \[\]"),
        (b"a,b\n", r"first line must be image_id,labels, got \['a', 'b'\]"),
        (b"\xff\xfe", "must be a CSV file in UTF-8"),
        (b'image_id,labels\np_1,"U+306E', "must be a CSV file in UTF-8"),
        (b"image_id,labels\np_1,,\n", "a row must be image_id,labels"),
        (b"image_id,labels\np_1\n", "a row must be image_id,labels"),
        (b"image_id,labels\np_1,\np_1,\n", "p_1: an image must have one row"),
        (b"image_id,labels\np_1,U+306E 1 2 3\n", "p_1, character 1: .* groups of U.XXXX x y"),
        (b"image_id,labels\np_1,U+306E 1 2 3 4 U+306E\n", "p_1, character 2: .* groups of"),
        (b"image_id,labels\np_1,306E 1 2 3 4\n", r"p_1, character 1: label must be U\+"),
        (b"image_id,labels\np_1,U+D800 1 2 3 4\n", "p_1, character 1: .* scalar value"),
        (b"image_id,labels\np_1,U+306E 1 2 3 z\n", "p_1, character 1: could not convert .*'z'"),
        (b"image_id,labels\np_1,U+306E 1 2 3 inf\n", "p_1, character 1: .* must be finite"),
        (
            b"image_id,labels\np_1,U+306E 1 2 3 4 U+306E 1 2 -3 4\n",
            "p_1, character 2: width and height must not be negative",
        ),
    ],
)
def test_a_malformed_file_is_refused_naming_image_position_and_rule(
    content: bytes, message: str
) -> None:
    with pytest.raises(ChallengeFormatError, match=message):
        read_labels(content)


# Names as file systems admit them: no separator, no NUL.
image_ids = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1)
codepoints = st.integers(0, 0x10FFFF).filter(lambda codepoint: not 0xD800 <= codepoint <= 0xDFFF)


@st.composite
def labels_drawn(draw: st.DrawFn) -> Labels:
    codepoints_N = np.array(draw(st.lists(codepoints, max_size=5)), np.int32)
    numbers = st.floats(0, 2**20, width=32)
    boxes_N4 = draw(npst.arrays(np.float32, (len(codepoints_N), 4), elements=numbers))
    return Labels(boxes_N4, codepoints_N)


@given(st.dictionaries(image_ids, labels_drawn(), max_size=4))
def test_written_labels_read_back_the_same(labels: dict[str, Labels]) -> None:
    back = read_labels(write_labels(labels))

    assert list(back) == list(labels)
    for image_id, truth in labels.items():
        np.testing.assert_array_equal(back[image_id].boxes_N4, truth.boxes_N4)
        np.testing.assert_array_equal(back[image_id].codepoints_N, truth.codepoints_N)


def test_a_submission_holds_best_label_and_rounded_centre_of_each_character() -> None:
    reading = reading_of([(10, 20, 5, 8), (0, 0, 3, 3.2)], [0.5, 0.9])

    content = write_submission([("書/p_1.jpg", reading), ("p_2.png", PageReading.empty())])

    assert content == b"image_id,labels\np_1,U+3042 12 24 U+3043 2 2\np_2,\n"


def test_of_too_many_characters_the_best_1200_are_submitted_in_their_order() -> None:
    scores = np.linspace(0, 1, 1300)[np.random.default_rng(0).permutation(1300)]
    boxes = [(2.0 * index, 0.0, 2.0, 2.0) for index in range(1300)]

    points = reading_to_points(reading_of(boxes, scores.tolist()))

    expected = np.flatnonzero(scores >= np.sort(scores)[100])
    assert ((points.points_N2[:, 0] - 1) / 2).tolist() == expected.tolist()


@given(st.lists(st.tuples(*[st.floats(0, 2**20, width=32)] * 4), max_size=6))
def test_a_written_submission_reads_back_as_the_points_it_was_made_of(
    boxes: list[tuple[float, float, float, float]],
) -> None:
    reading = reading_of(boxes, [0.5] * len(boxes))

    back = read_submission(write_submission([("page.jpg", reading)]))["page"]

    points = reading_to_points(reading)
    np.testing.assert_array_equal(back.codepoints_N, points.codepoints_N)
    np.testing.assert_array_equal(back.points_N2, points.points_N2)


def test_a_submission_of_boxes_is_refused() -> None:
    with pytest.raises(ChallengeFormatError, match=r"p_1, character 1: label must be|groups of"):
        read_submission(b"image_id,labels\np_1,U+306E 1 2 3 4\n")


@pytest.mark.parametrize(
    ("key", "image_id"),
    [
        ("p_1.jpg", "p_1"),
        ("書/巻一/p_1.jpg", "p_1"),
        ("p_1", "p_1"),
        ("p.1.tif", "p.1"),
        (".jpg", ".jpg"),
    ],
)
def test_an_image_id_is_the_file_name_without_folder_and_extension(key: str, image_id: str) -> None:
    assert image_id_of(key) == image_id


@pytest.mark.parametrize("other", ["b/p_1.jpg", "a/p_1.png"])
def test_pages_of_one_file_name_are_refused_naming_both(other: str) -> None:
    blank = PageReading.empty()

    with pytest.raises(AmbiguousImageError, match=rf"'a/p_1.jpg' and '{other}'"):
        write_submission([("a/p_1.jpg", blank), (other, blank)])


def test_image_ids_lead_back_to_keys() -> None:
    keys = by_image_id(["a/p_1.jpg", "b/p_2.jpg"])

    assert keys == {"p_1": "a/p_1.jpg", "p_2": "b/p_2.jpg"}


@pytest.mark.real_data
def test_real_labels_survive_a_round_trip_byte_for_byte() -> None:
    folder = os.environ.get("KUZUSHIJI_DATA")
    if folder is None:
        pytest.skip("set KUZUSHIJI_DATA to the folder of development scans")
    content = Path(folder, "boxes_dev", "train.csv").read_bytes()

    labels = read_labels(content)

    assert sum(map(len, labels.values())) == 297
    assert write_labels(labels).split() == content.split()
