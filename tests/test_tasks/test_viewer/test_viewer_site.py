"""The site's files: what people see is what was read, whatever names and pages hold."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from viewer_archive import DAMAGED, FIRST, Archive

from model.characters import codepoint_to_label
from tasks.corrections import CorrectedPage, line_to_correction
from tasks.object_store import DirectoryStore
from tasks.readings import NoReadingsError
from tasks.saved_corrections import save_correction
from tasks.viewer.catalogue import CataloguedBook, catalogue_page
from tasks.viewer.documents import page_document
from tasks.viewer.session import UnknownArchiveError, open_site
from tasks.viewer.site import UnknownPathError, ViewerSite


def load(site: ViewerSite, path: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(site.read(path))


def load_page(site: ViewerSite, key: str) -> Any:  # noqa: ANN401 - JSON
    pages = [load(site, path) for path in site.paths() if path.startswith("data/pages/")]
    return next(page for page in pages if page["key"] == key)


def test_books_are_listed_with_pages_characters_and_confidence(archive: Archive) -> None:
    books = load(archive.site(), "data/archive.json")["books"]

    hostile, genji = books
    assert hostile["name"] == "<img src=x onerror=document.title='owned'>"
    assert (genji["name"], genji["pages"], genji["failed"]) == ("genji", 4, 1)
    assert genji["characters"] == 2 * 19
    assert genji["confidence"] == pytest.approx((0.95 + 0.1) / 2, abs=0.001)


def test_a_page_holds_its_boxes_scores_and_alternatives(archive: Archive) -> None:
    page = load_page(archive.site(), FIRST)

    reading = archive.reading(FIRST)
    assert page["boxes"][:4] == [1200, 200, 121, 121]
    assert page["scores"] == [round(score * 1000) for score in reading.scores_N.tolist()]
    assert page["alternatives"][0] == [
        [ord("い"), 0.95],
        [ord("あ"), 0.033],
        [ord("山"), 0.01],
        [0xF0000, 0.002],
    ]
    assert len(page["alternatives"]) == len(reading)


def test_a_page_that_failed_says_why(archive: Archive) -> None:
    page = load_page(archive.site(), DAMAGED)

    assert (page["error"], page["boxes"]) == ("the image ends early", [])


def test_every_picture_that_a_page_refers_to_is_there(archive: Archive) -> None:
    site = archive.site()
    image = load_page(site, FIRST)["image"]

    full = Image.open(io.BytesIO(site.read(f"images/{image}/12/0_0.jpg")))
    small = Image.open(io.BytesIO(site.read(f"images/{image}/thumbnail.jpg")))

    assert full.size == (1025, 1025)
    assert small.size == (257, 360)


@pytest.mark.parametrize(
    "path",
    [
        "nothing.html",
        "../conftest.py",
        "data/../index.html",
        "styles/../../site.py",
        "styles",
        "styles/",
        "site.py",
        "data/pages/0000000000000000.json",
        "images/0000000000000000/thumbnail.jpg",
        "images/{image}/99/0_0.jpg",
        "images/{image}/../thumbnail.jpg",
        "images/{image}",
        "openseadragon/openseadragon.min.js.map",
    ],
)
def test_a_path_that_is_no_file_of_the_site_is_refused(archive: Archive, path: str) -> None:
    site = archive.site()
    image = load_page(site, FIRST)["image"]

    with pytest.raises(UnknownPathError):
        site.read(path.format(image=image))


def test_a_scan_of_another_size_than_when_it_was_read_is_not_shown(archive: Archive) -> None:
    image = load_page(archive.site(), FIRST)["image"]
    buffer = io.BytesIO()
    Image.new("RGB", (10, 10)).save(buffer, "JPEG")
    archive.scans.put(FIRST, buffer.getvalue())

    with pytest.raises(UnknownPathError):
        archive.site().read(f"images/{image}/thumbnail.jpg")


def test_a_correction_is_in_page_and_search_text_at_once(archive: Archive) -> None:
    site = archive.site()
    corrected = CorrectedPage(FIRST, ((ord("君"), (1, 2, 3, 4)),))

    save_correction(archive.output, corrected, None)

    assert load_page(site, FIRST)["corrected"] == {
        "version": corrected.version,
        "characters": [[ord("君"), 1, 2, 3, 4]],
    }
    texts = [row for path in site.paths() if "/text/" in path for row in load(site, path)]
    assert [text for _, key, text in texts if key == FIRST] == ["君"]
    assert line_to_correction(site.read("data/corrections.jsonl")) == corrected


def test_boxes_are_whole_pixels_inside_the_page(archive: Archive) -> None:
    row = archive.row(FIRST)
    assert row.reading is not None
    row.reading.boxes_N4[:4] = [
        (-5, -5, 20, 20),
        (1490, 2090, 50, 50),
        (700, 700, 0, 0),
        (1600, 2200, 9, 9),
    ]

    page = catalogue_page(row)
    book = CataloguedBook("id", "genji", (page,))
    numbers = page_document(page, book, row, None)["boxes"]

    boxes = [numbers[start : start + 4] for start in range(0, 16, 4)]
    assert boxes == [[0, 0, 15, 15], [1490, 2090, 10, 10], [700, 700, 1, 1], [1499, 2099, 1, 1]]


def test_search_texts_hold_one_code_point_for_each_character(archive: Archive) -> None:
    site = archive.site()

    texts = [row for path in site.paths() if "/text/" in path for row in load(site, path)]

    assert len(texts) == 3
    assert {len(text) for _, _, text in texts} == {19}
    assert codepoint_to_label(ord(texts[0][2][11])) == "U+1B002"


def test_an_output_without_readings_is_one_sentence(tmp_path: Path, archive: Archive) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(NoReadingsError, match="recognize"):
        open_site(str(tmp_path / "empty"), archive.scans.location, can_save=True)


@pytest.mark.parametrize("recorded", [None, b"{}", b"[", b'{"archive": "/no/such/folder"}'])
def test_scans_that_nobody_can_find_are_asked_for(archive: Archive, recorded: bytes | None) -> None:
    if recorded is not None:
        archive.output.put("configuration.json", recorded)

    with pytest.raises(UnknownArchiveError, match="--archive"):
        open_site(archive.output.location, None, can_save=True)


def test_scans_are_looked_for_where_they_were_read(archive: Archive) -> None:
    recorded = json.dumps({"archive": archive.scans.location})
    archive.output.put("configuration.json", recorded.encode())

    site = open_site(archive.output.location, None, can_save=True)

    assert isinstance(site.source.archive, DirectoryStore)
    assert site.source.archive.location == archive.scans.location
