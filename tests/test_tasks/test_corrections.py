"""Corrections as JSON Lines: what is written is read, what is malformed is named by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corrections import (
    CorrectedPage,
    CorrectionFormatError,
    correction_to_line,
    corrections_to_bytes,
    line_to_correction,
    read_corrections,
)

SCALARS = st.integers(0, 0x10FFFF).filter(lambda value: not 0xD800 <= value <= 0xDFFF)
PLACES = st.floats(-1e6, 1e6, allow_subnormal=False) | st.integers(-1_000_000, 1_000_000)
SIDES = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 1_000_000)
BOXES = st.tuples(PLACES, PLACES, SIDES, SIDES)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAGES = st.builds(CorrectedPage, KEYS, st.lists(st.tuples(SCALARS, BOXES), max_size=4).map(tuple))


@given(PAGES)
def test_a_line_reads_back_as_what_was_written(correction: CorrectedPage) -> None:
    line = correction_to_line(correction)

    assert "\n" not in line
    assert line_to_correction(line.encode()) == correction


@given(st.lists(PAGES, max_size=4, unique_by=lambda page: page.page))
def test_a_file_reads_back_in_its_order(pages: list[CorrectedPage]) -> None:
    corrections = {page.page: page for page in pages}

    read = read_corrections(corrections_to_bytes(corrections))

    assert list(read.items()) == list(corrections.items())


def test_the_schema_is_read_as_documented() -> None:
    content = (
        '\ufeff{"page": "genji/001.jpg", "characters": [{"codepoint": "U+3042", "box": [1,2,3,4],'
        ' "by": "hand"}]}\r\n\n{"page": "blank.jpg", "characters": [], "note": 1}'
    )

    read = read_corrections(content.encode())

    assert read["genji/001.jpg"].characters == ((0x3042, (1, 2, 3, 4)),)
    assert read["blank.jpg"].characters == ()


def test_the_last_line_about_a_page_counts() -> None:
    first = '{"page": "a", "characters": [{"codepoint": "U+3042", "box": [1, 2, 3, 4]}]}'

    read = read_corrections(f'{first}\n{{"page": "a", "characters": []}}\n'.encode())

    assert read == {"a": CorrectedPage("a", ())}


def character(codepoint: str = '"U+3042"', box: str = "[1, 2, 3, 4]") -> bytes:
    return f'{{"page": "a", "characters": [{{"codepoint": {codepoint}, "box": {box}}}]}}'.encode()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        pytest.param(b"{", "JSON", id="no JSON"),
        pytest.param(b"[" * 100_000, "JSON", id="too deep"),
        pytest.param(b'{"page": "\xff"}', "UTF-8", id="no UTF-8"),
        pytest.param(b"[]", '"page"', id="no object"),
        pytest.param(b'{"page": 3, "characters": []}', '"page"', id="page"),
        pytest.param(b'{"page": "a"}', '"characters"', id="no characters"),
        pytest.param(b'{"page": "a", "characters": {}}', '"characters"', id="characters"),
        pytest.param(b'{"page": "a", "characters": [1]}', '"codepoint"', id="character"),
        pytest.param(character(codepoint='"x"'), "label must be", id="codepoint"),
        pytest.param(character(codepoint='"U+D800"'), "scalar", id="surrogate"),
        *(
            pytest.param(character(box=box), "a box must", id=f"box {box}")
            for box in (
                "[0, 0, 1]",
                "[0, 0, -1, 1]",
                "[0, 0, NaN, 1]",
                "[0, 0, 1e99, 1]",
                '["0", 0, 1, 1]',
                "[true, 0, 1, 1]",
                '"1234"',
            )
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_with_rule_and_line(line: bytes, rule: str) -> None:
    with pytest.raises(CorrectionFormatError, match=rule):
        line_to_correction(line)
    with pytest.raises(CorrectionFormatError, match=f"line 2: .*{rule}"):
        read_corrections(b"\n" + line)
