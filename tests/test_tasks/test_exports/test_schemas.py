"""What the built-in model reads is valid in every format that has a schema.

``python -m pytest tests/test_tasks/test_exports/test_schemas.py -v`` tells it format by format.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from export_samples import NOON, parse_valid_iiif, parse_valid_xml

from tasks.exports.alto import page_to_alto
from tasks.exports.file_names import file_name_of
from tasks.exports.hocr import page_to_hocr
from tasks.exports.iiif import WebAddresses, page_to_glyphs, page_to_lines
from tasks.exports.iiif_manifest import IiifManifests
from tasks.exports.page import ExportPage
from tasks.exports.page_xml import page_to_page_xml
from tasks.exports.tei import page_to_tei
from tasks.models import load_model
from tasks.page_alignment import open_reader
from tasks.page_image import decode_page

ARCHIVE = Path(__file__).parents[3] / "demo" / "archive"
KEYS = "hojoki/hojoki_00001.jpg", "ise/ise_00001.jpg", "makura/makura_00001.jpg"
WEB = WebAddresses("https://library.example/exports", "https://images.example/scans")


@pytest.fixture(scope="module")
def read_pages() -> list[ExportPage]:
    """A page of each book of the demo archive."""
    model = load_model()
    reader = open_reader(model.artifact, "cpu")
    pages = [decode_page((ARCHIVE / key).read_bytes()).to_page() for key in KEYS]
    return [
        ExportPage(key, file_name_of(key), page.width, page.height, reading, model.digest, NOON)
        for key, page, reading in zip(KEYS, pages, reader.read(pages), strict=True)
    ]


@pytest.mark.parametrize(
    ("write", "schema"),
    [
        pytest.param(page_to_alto, "alto", id="alto: ALTO 4.3"),
        pytest.param(page_to_page_xml, "page", id="page: PAGE 2019-07-15"),
        pytest.param(page_to_hocr, "hocr", id="hocr: XHTML 1.0 Strict"),
        pytest.param(page_to_tei, "tei", id="tei: TEI P5 4.3.0"),
    ],
)
def test_pages_are_valid(
    read_pages: list[ExportPage], write: Callable[[ExportPage], bytes], schema: str
) -> None:
    for page in read_pages:
        assert len(page.glyphs) > 50
        parse_valid_xml(write(page), schema)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(page_to_lines, id="iiif: IIIF 3.0, annotations"),
        pytest.param(page_to_glyphs, id="iiif: IIIF 3.0, characters"),
    ],
)
def test_annotations_are_valid(
    read_pages: list[ExportPage], write: Callable[[ExportPage, WebAddresses], bytes]
) -> None:
    for page in read_pages:
        assert parse_valid_iiif(write(page, WEB))["items"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("manifest.json", id="iiif: IIIF 3.0, manifests"),
        pytest.param("collection.json", id="iiif: IIIF 3.0, collection"),
    ],
)
def test_manifests_are_valid(read_pages: list[ExportPage], name: str) -> None:
    collected = IiifManifests(WEB)
    for page in read_pages:
        collected.add(page)

    files = [content for key, content in collected.files() if key.endswith(name)]

    assert files
    for content in files:
        parse_valid_iiif(content)
