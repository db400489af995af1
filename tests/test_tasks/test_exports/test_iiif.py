"""IIIF, valid against the validator's schema and read back."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from export_samples import DEGENERATE_PAGES, MODEL, page_of, pages, parse_valid_iiif, reading_of
from hypothesis import given, settings

from tasks.exports.iiif import WebAddresses, page_to_annotations
from tasks.exports.iiif_manifest import IiifManifests
from tasks.exports.page import ExportPage

WEB = WebAddresses("https://library.example/exports", "https://images.example/scans")


def of_granularity(document: bytes, granularity: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = parse_valid_iiif(document)["items"]
    return [item for item in items if item["textGranularity"] == granularity]


def edges_of(annotation: dict[str, Any]) -> list[int]:
    x, y, width, height = map(int, annotation["target"].partition("#xywh=")[2].split(","))
    return [x, y, x + width, y + height]


def assert_page_comes_back(page: ExportPage) -> None:
    document = page_to_annotations(page, WEB)

    found = of_granularity(document, "glyph")
    assert [
        [(reading["value"], reading["confidence"]) for reading in glyph["body"]["items"]]
        for glyph in found
    ] == [[(o.character, o.confidence) for o in g.alternatives] for g in page.glyphs]
    assert [edges_of(glyph) for glyph in found] == [list(page.edges(g.box)) for g in page.glyphs]
    assert [glyph["confidence"] for glyph in found] == [g.confidence for g in page.glyphs]
    lines = of_granularity(document, "line")
    assert [line["body"]["value"] for line in lines] == [column.text for column in page.columns]


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
    annotations = parse_valid_iiif(page_to_annotations(page, WEB))
    painting = canvas["items"][0]["items"][0]
    assert canvas["annotations"][0]["id"] == annotations["id"]
    assert all(item["target"].startswith(f"{canvas['id']}#") for item in annotations["items"])
    assert (painting["target"], canvas["width"]) == (canvas["id"], page.width)
    image = unquote(urlsplit(painting["body"]["id"]).path, errors="surrogatepass")
    assert image == f"/scans/{page.key}"
    served = unquote(urlsplit(annotations["id"]).path)
    assert served == f"/exports/iiif/{page.name}.annotations.json"


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
