"""JSON Lines read back."""

import json
from typing import Any

import pytest
from export_samples import DEGENERATE_PAGES, MODEL, page_of, pages, reading_of
from hypothesis import given
from hypothesis import strategies as st

from model.characters import codepoint_to_label
from tasks.exports.glyphs import Box
from tasks.exports.json_lines import JsonLines
from tasks.exports.page import ExportPage


def export(some: list[ExportPage]) -> list[dict[str, Any]]:
    collected = JsonLines()
    for page in some:
        collected.add(page)
    ((name, content),) = collected.files()
    assert name == "readings.jsonl"
    return [json.loads(line) for line in content.decode().split("\n")[:-1]]


def assert_page_comes_back(line: dict[str, Any], page: ExportPage) -> None:
    found = [character for column in line["columns"] for character in column["characters"]]
    assert [c["character"] for c in found] == [glyph.character for glyph in page.glyphs]
    assert [c["codepoint"] for c in found] == [
        codepoint_to_label(codepoint) for codepoint in page.reading.codepoints_NK[:, 0].tolist()
    ]
    assert [Box(*c["box"]) for c in found] == [glyph.box for glyph in page.glyphs]
    assert [c["confidence"] for c in found] == [glyph.confidence for glyph in page.glyphs]
    assert [
        [(other["character"], other["probability"]) for other in c["alternatives"]] for c in found
    ] == [[(o.character, o.probability) for o in g.alternatives[1:]] for g in page.glyphs]
    assert [column["text"] for column in line["columns"]] == [c.text for c in page.columns]
    assert (line["width"], line["height"], line["model"]) == (page.width, page.height, MODEL)


@given(st.lists(pages(), max_size=3))
def test_any_pages_come_back_a_line_each(some: list[ExportPage]) -> None:
    lines = export(some)

    assert len(lines) == len(some)
    for line, page in zip(lines, some, strict=True):
        assert_page_comes_back(line, page)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage) -> None:
    (line,) = export([page])

    assert_page_comes_back(line, page)


def test_page_keys_are_kept_as_they_are() -> None:
    key = "源氏/\u2028<img onerror=…>\n.jpg"

    (line,) = export([page_of(reading_of([]), key)])

    assert line["page_key"] == key
