"""Corrections as JSON Lines: what is written is read, what is malformed is named by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import Labels
from tasks.label_sources import LabelSourceError
from tasks.label_sources.boxes import make_labels
from tasks.label_sources.corrections import read_corrections, write_corrections

codepoints = st.integers(0, 0x10FFFF).filter(lambda c: not 0xD800 <= c <= 0xDFFF)
positions = st.floats(-1e6, 1e6, width=32)
sizes = st.floats(0, 1e6, width=32)
labels = st.lists(
    st.tuples(codepoints, st.tuples(positions, positions, sizes, sizes)), max_size=4
).map(make_labels)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.dictionaries(names, labels, max_size=4))
def test_what_is_written_is_read(pages: dict[str, Labels]) -> None:
    read = read_corrections(write_corrections(pages))

    assert list(read) == list(pages)
    for page, truth in pages.items():
        assert read[page].codepoints_N.tolist() == truth.codepoints_N.tolist()
        assert read[page].boxes_N4.tolist() == truth.boxes_N4.tolist()
        assert read[page].boxes_N4.shape == (len(truth), 4)


def test_the_schema_is_read_as_documented() -> None:
    content = (
        '\ufeff{"page": "genji/001.jpg", "characters": [{"codepoint": "U+3042", "box": [1,2,3,4],'
        ' "by": "hand"}]}\r\n\n{"page": "blank.jpg", "characters": [], "note": 1}'
    )

    read = read_corrections(content.encode())

    assert read["genji/001.jpg"].codepoints_N.tolist() == [0x3042]
    assert read["genji/001.jpg"].boxes_N4.tolist() == [[1, 2, 3, 4]]
    assert len(read["blank.jpg"]) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "UTF-8"),
        (b"{", "line 1"),
        (b"\n[]", "line 2: a line must be an object"),
        (b'{"page": 1, "characters": []}', "must be an object"),
        (b'{"page": "a"}', "must be an object"),
        (b'{"page": "a", "characters": {}}', "must be an object"),
        (b'{"page": "a", "characters": [1]}', '"codepoint" and "box"'),
        (b'{"page": "a", "characters": [{"codepoint": "x", "box": [1,2,3,4]}]}', "label must be"),
        (b'{"page": "a", "characters": [{"codepoint": "U+3042", "box": [1,2,3]}]}', "a box must"),
        (
            b'{"page": "a", "characters": [{"codepoint": "U+3042", "box": [1,2,-3,4]}]}',
            "a box must",
        ),
        (b'{"page": "a", "characters": [{"codepoint": "U+3042", "box": [NaN,2,3,4]}]}', "a box"),
        (b'{"page": "a", "characters": [{"codepoint": "U+3042", "box": [1e99,2,3,4]}]}', "a box"),
        (b'{"page": "a", "characters": [{"codepoint": "U+3042", "box": "1234"}]}', "a box must"),
        (b"[" * 100_000, "line 1"),
    ],
)
def test_a_malformed_line_is_named(content: bytes, message: str) -> None:
    with pytest.raises(LabelSourceError, match=message):
        read_corrections(content)


def test_the_last_line_about_a_page_counts() -> None:
    first = '{"page": "a", "characters": [{"codepoint": "U+3042", "box": [1, 2, 3, 4]}]}'

    read = read_corrections(f'{first}\n{{"page": "a", "characters": []}}\n'.encode())

    assert len(read["a"]) == 0
