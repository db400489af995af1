"""IIIF, valid against the validator's schema and read back."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from export_samples import DEGENERATE_PAGES, MODEL, page_of, pages, parse_valid_iiif, reading_of
from hypothesis import given, settings

from tasks.exports.iiif import GLYPHS, LINES, WebAddresses, page_to_glyphs, page_to_lines
from tasks.exports.iiif_manifest import IiifManifests
from tasks.exports.page import ExportPage

WEB = WebAddresses("https://library.example/exports", "https://images.example/scans")


def annotations_of(document: bytes, granularity: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = parse_valid_iiif(document)["items"]
    assert {item["textGranularity"] for item in items} <= {granularity}
    return items


def edges_of(annotation: dict[str, Any]) -> list[int]:
    x, y, width, height = map(int, annotation["target"].partition("#xywh=")[2].split(","))
    return [x, y, x + width, y + height]


def assert_page_comes_back(page: ExportPage) -> None:
    found = annotations_of(page_to_glyphs(page, WEB), "glyph")
    lines = annotations_of(page_to_lines(page, WEB), "line")

    assert [
        [(reading["value"], reading["confidence"]) for reading in glyph["body"]["items"]]
        for glyph in found
    ] == [[(o.character, o.confidence) for o in g.alternatives] for g in page.glyphs]
    assert [edges_of(glyph) for glyph in found] == [list(page.edges(g.box)) for g in page.glyphs]
    assert [glyph["confidence"] for glyph in found] == [g.confidence for g in page.glyphs]
    assert [line["body"]["value"] for line in lines] == [column.text for column in page.columns]
    assert [edges_of(line) for line in lines] == [list(page.edges(c.box)) for c in page.columns]


def manifests_of(some: list[ExportPage]) -> dict[str, dict[str, Any]]:
    collected = IiifManifests(WEB)
    for page in some:
        collected.add(page)
    return {name: parse_valid_iiif(content) for name, content in collected.files()}


@settings(max_examples=25)  # the validator takes its time
@given(pages())
def test_any_page_comes_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_degenerate_pages_come_back(page: ExportPage) -> None:
    assert_page_comes_back(page)


@pytest.mark.parametrize("page", DEGENERATE_PAGES.values(), ids=DEGENERATE_PAGES)
def test_a_manifest_leads_to_scan_and_annotations(page: ExportPage) -> None:
    manifests = manifests_of([page])

    ((_, manifest),) = [item for item in manifests.items() if item[0] != "collection.json"]
    (canvas,) = manifest["items"]
    lines, glyphs = (
        parse_valid_iiif(write(page, WEB)) for write in (page_to_lines, page_to_glyphs)
    )
    painting = canvas["items"][0]["items"][0]
    assert [part["id"] for part in canvas["annotations"]] == [lines["id"]]
    assert [part["id"] for part in canvas["seeAlso"]] == [glyphs["id"]]
    targets = [item["target"] for part in (lines, glyphs) for item in part["items"]]
    assert all(target.startswith(f"{canvas['id']}#") for target in targets)
    assert (painting["target"], canvas["width"]) == (canvas["id"], page.width)
    image = unquote(urlsplit(painting["body"]["id"]).path, errors="surrogatepass")
    assert image == f"/scans/{page.key}"
    assert [unquote(urlsplit(part["id"]).path) for part in (lines, glyphs)] == [
        f"/exports/iiif/{page.name}{suffix}" for suffix in (LINES, GLYPHS)
    ]


def test_every_book_has_a_manifest_and_the_collection_names_them() -> None:
    keys = ["genji/1.jpg", "genji/2.jpg", "ise/1.tif"]

    manifests = manifests_of([page_of(reading_of([0x306E]), key) for key in keys])

    assert list(manifests) == ["genji/manifest.json", "ise/manifest.json", "collection.json"]
    assert len(manifests["genji/manifest.json"]["items"]) == 2
    assert [item["id"] for item in manifests["collection.json"]["items"]] == [
        manifests[name]["id"] for name in ("genji/manifest.json", "ise/manifest.json")
    ]
    assert MODEL in str(manifests["genji/manifest.json"]["metadata"])


def test_an_empty_archive_is_an_empty_collection() -> None:
    assert manifests_of([])["collection.json"]["items"] == []


@pytest.mark.parametrize(
    "address",
    ["", "library.example", "ftp://host", "https://", "file:///x", "https://a b", "http://a?b"],
)
def test_addresses_must_be_of_the_web(address: str) -> None:
    with pytest.raises(ValueError, match="http:// or https://"):
        WebAddresses(address, "https://images.example")
