"""The viewer in a real Chromium: what a person sees, finds and corrects."""

import http.server
import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from selenium.webdriver.common.keys import Keys
from viewer_archive import BLANK, DAMAGED, FIRST, HOSTILE, SECOND, Archive
from viewer_browser import Browser
from viewer_servers import running

from tasks.corrections import CorrectedPage
from tasks.label_sources import open_labels
from tasks.object_store import DirectoryStore
from tasks.saved_corrections import load_corrections, save_correction
from tasks.viewer.catalogue import name_digest
from tasks.viewer.export import export_site

PAGE = f"#/page/{name_digest(FIRST)}"


def readings(browser: Browser) -> str:
    return "".join(option.text for option in browser.all(".option"))


def test_a_person_opens_a_book_and_a_page_and_zooms(browser: Browser, url: str) -> None:
    browser.open(url)
    browser.wait(lambda: len(browser.all(".books .card img")) == 2, "thumbnails")
    assert "<img src=x onerror=document.title='owned'>" in browser.text(".books")

    browser.click(".books li:nth-child(2) a")
    browser.click(".pages li:nth-child(1) a")
    browser.wait(lambda: readings(browser).startswith("いろは"), "the text")

    assert "genji" in browser.driver.title
    assert len(browser.all(".column")) == 3
    before = browser.find(".overlay > g").get_attribute("transform")
    browser.press("+")
    browser.wait(
        lambda: browser.find(".overlay > g").get_attribute("transform") != before, "the zoom"
    )


def test_names_that_look_like_markup_are_text(browser: Browser, url: str) -> None:
    browser.open(f"{url}#/page/{name_digest(HOSTILE)}")

    assert browser.text("h1") == "<script>alert(1)<'\"&.jpg"
    browser.click(".trail a:nth-child(2)")
    browser.wait(lambda: browser.all(".pages .card"), "the book")
    assert browser.text("h1") == "<img src=x onerror=document.title='owned'>"
    assert browser.driver.title != "owned"


def test_pages_without_characters_say_so(browser: Browser, url: str) -> None:
    browser.open(f"{url}#/page/{name_digest(BLANK)}")
    assert browser.text(".columns") == "No characters found"
    assert browser.accessibility_faults() == []

    browser.open(f"{url}#/page/{name_digest(DAMAGED)}")
    assert browser.text(".reason") == "Not readable: the image ends early"


def test_a_search_finds_kana_however_written_and_marks_them(browser: Browser, url: str) -> None:
    browser.open(url)
    browser.find(".books")

    browser.press("/")
    browser.press("バニボ", Keys.ENTER)
    browser.wait(lambda: len(browser.all(".results li")) == 3, "three pages")
    assert {mark.text for mark in browser.all("mark")} == {"はにほ"}

    browser.click(".results li:last-child a")
    browser.wait(lambda: browser.all(".option.hit"), "marks in the text")
    assert "".join(option.text for option in browser.all(".option.hit")) == "はにほ"
    assert len(browser.all(".character.hit")) == 3


def test_the_least_certain_character_comes_first(browser: Browser, url: str) -> None:
    browser.open(url + PAGE)
    browser.find(".option")

    browser.press("u")

    assert browser.text(".option[aria-selected=true]") == "そ"
    assert browser.text(".large") == "そ"
    assert [share.text for share in browser.all(".alternatives .share")] == [
        "10%",
        "3%",
        "1%",
        "0%",
    ]
    assert browser.all(".alternatives .named")[0].text == "U+F0000"  # no font draws it


def test_corrections_survive_a_reload_and_are_saved_as_labels(
    browser: Browser, url: str, archive: Archive
) -> None:
    browser.open(url + PAGE)
    browser.find(".option")
    browser.press(Keys.ARROW_DOWN, "2")  # い becomes あ
    browser.press(Keys.ARROW_DOWN, Keys.ENTER)
    browser.press("U+1B002", Keys.ENTER)  # ろ becomes a hentaigana
    browser.press(Keys.ARROW_DOWN, "x")  # は is no character
    browser.find(".option.removed")

    browser.open(url + PAGE)
    browser.wait(lambda: len(browser.all(".option.changed")) == 3, "the kept changes")
    browser.press("s")
    browser.wait(lambda: load_corrections(archive.output), "the file")

    saved = load_corrections(archive.output)[FIRST].characters
    text = "".join(chr(codepoint) for codepoint, _ in saved)
    assert text == "あ\U0001b002にほへとちりぬる\U0001b002をわかよたれそ"
    boxes_N4 = np.delete(archive.reading(FIRST).boxes_N4, 2, axis=0)
    assert np.abs(np.array([box for _, box in saved]) - boxes_N4).max() <= 1
    browser.wait(lambda: not browser.find(".save").is_displayed(), "nothing left to save")


def draw_box(browser: Browser, box: tuple[int, int, int, int]) -> None:
    """Draw a box, given in pixels of the page."""
    transform = browser.find(".overlay > g").get_attribute("transform") or ""
    left, top, scale = map(float, re.findall(r"[-0-9.]+", transform))
    x, y, width, height = (number * scale for number in box)
    browser.press("a")
    browser.find("#add[aria-pressed=true]")
    begin, end = (left + x, top + y), (left + x + width, top + y + height)
    browser.drag(".openseadragon-canvas", begin, end)


def test_a_missed_character_is_drawn_and_saved_where_it_is_read(
    browser: Browser, url: str, archive: Archive
) -> None:
    browser.open(url + PAGE)
    browser.wait(lambda: browser.find(".overlay > g").get_attribute("transform"), "the scan")
    below, beside = (1200, 1260, 120, 120), (700, 1700, 120, 120)

    draw_box(browser, below)  # below the seven characters of the first column
    browser.wait(lambda: "〓" in readings(browser), "the box")
    browser.press("U+1B002", Keys.ENTER)
    browser.wait(lambda: "〓" not in readings(browser), "the character")
    draw_box(browser, beside)
    browser.wait(lambda: "〓" in readings(browser), "a box that nobody reads")
    browser.press(Keys.ESCAPE, "s")
    browser.wait(lambda: load_corrections(archive.output), "the file")

    saved = load_corrections(archive.output)[FIRST].characters
    assert [chr(codepoint) for codepoint, _ in saved[5:9]] == ["へ", "と", "\U0001b002", "ち"]
    assert len(saved) == len(archive.reading(FIRST)) + 1
    assert np.abs(np.array(saved[7][1]) - below).max() < 12  # pixels of the page; a few on screen
    browser.wait(lambda: not browser.find(".save").is_displayed(), "nothing left to save")
    assert len(browser.all(".option")) == len(saved)


def test_somebody_elses_correction_is_shown_before_it_is_joined(
    browser: Browser, url: str, archive: Archive
) -> None:
    browser.open(url + PAGE)
    browser.find(".option")
    browser.press(Keys.ARROW_DOWN, "2")
    box, below = (1200, 200, 121, 121), (1200, 350, 121, 121)  # as the page document has them
    theirs = ((ord("い"), box), (ord("君"), below))
    save_correction(archive.output, CorrectedPage(FIRST, theirs), None)

    browser.press("s")
    browser.wait(lambda: "Somebody else" in browser.text("#notice"), "the warning")
    assert [option.text for option in browser.all(".option:not(.removed)")] == ["あ", "君"]
    browser.press("s")
    browser.wait(lambda: len(load_corrections(archive.output)[FIRST].characters) == 2, "the file")
    browser.wait(lambda: not browser.find(".save").is_displayed(), "nothing left to save")

    text = [chr(codepoint) for codepoint, _ in load_corrections(archive.output)[FIRST].characters]
    assert text == ["あ", "君"]
    assert all("409" in message for message in browser.errors())


def test_an_export_on_any_server_searches_and_gives_corrections_to_take_home(
    browser: Browser, archive: Archive, tmp_path: Path
) -> None:
    saved = CorrectedPage(SECOND, ((ord("君"), (1, 2, 3, 4)),))
    save_correction(archive.output, saved, None)
    site = DirectoryStore(tmp_path / "www" / "some where")
    export_site(archive.site(can_save=False), site, lambda _: None)
    handler = partial(QuietHandler, directory=str(tmp_path / "www"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    with running(server):
        browser.open(f"http://127.0.0.1:{server.server_port}/some%20where/{PAGE}")
        browser.find(".option")
        browser.press(Keys.ARROW_DOWN, "2")
        assert browser.all("#save") == []
        browser.click("#download")
        browser.click("#download-jsonl")
        browser.click("#download-csv")
        files = [browser.downloads / name for name in ("corrections.jsonl", "corrections.csv")]
        browser.wait(lambda: all(path.exists() for path in files), "the downloads")

    jsonl, csv = labels_of(archive, tmp_path / "labels", files)
    assert jsonl == csv
    assert {key: len(truth) for key, truth in jsonl.items()} == {FIRST: 19, SECOND: 1}
    assert jsonl[FIRST][0][0] == ord("あ")
    assert jsonl[SECOND] == [(ord("君"), [1, 2, 3, 4])]


def labels_of(
    archive: Archive, folder: Path, files: Sequence[Path]
) -> list[dict[str, list[tuple[int, list[float]]]]]:
    """What training would learn from each download: characters with their boxes, page by page."""
    for scans in ("archive", "train_images"):
        shutil.copytree(archive.scans.location, folder / scans)
    for download, name in zip(files, ("corrections.jsonl", "train.csv"), strict=True):
        shutil.copy(download, folder / name)
    return [
        {
            scan.key: list(zip(truth.codepoints_N.tolist(), truth.boxes_N4.tolist(), strict=True))
            for scan, truth in open_labels(kind, str(folder)).pages
        }
        for kind in ("corrected", "kaggle")
    ]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Python's own file server, without its log."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def test_axe_finds_no_serious_fault(browser: Browser, url: str) -> None:
    views = {
        f"#/book/{name_digest('genji')}": ".card",
        "#/search?q=いろ": ".results li",
        "#/": ".card",
        PAGE: ".option",
    }
    faults = {}
    browser.open(url)

    for address, content in views.items():
        browser.run("location.hash = arguments[0]", address)
        browser.find(content)
        if address == PAGE:
            browser.click("#uncertain")
            browser.press("2", "x")
            browser.find(".option.removed")
        faults[address] = browser.accessibility_faults()
        browser.look(dark=True)
        faults[f"{address} dark"] = browser.accessibility_faults(["color-contrast"])
        browser.look()
    browser.press("?")
    browser.find("dialog[open]")
    faults["help"] = browser.accessibility_faults()

    assert {name: found for name, found in faults.items() if found} == {}


def test_on_a_phone_everything_fits_and_axe_finds_no_serious_fault(
    browser: Browser, url: str
) -> None:
    browser.look(390, 844, dark=True)
    browser.open(url + PAGE)
    browser.find(".option")
    browser.click("#uncertain")
    browser.click(".alternatives li:nth-child(2) button")
    browser.find(".save #save")

    assert browser.accessibility_faults() == []
    width, height = browser.run(
        "const {scrollWidth, scrollHeight} = document.documentElement;"
        "return [scrollWidth, scrollHeight]"
    )
    assert (width, height) == (390, 844)
