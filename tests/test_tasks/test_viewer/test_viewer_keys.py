"""A page in a real Chromium: what the pointer, the colours and the keys tell."""

import pytest
from selenium.webdriver.common.keys import Keys
from viewer_archive import FIRST, Archive
from viewer_browser import Browser

from tasks.viewer.catalogue import name_digest

PAGE = f"#/page/{name_digest(FIRST)}"
BOUNDS = 0.3, 0.6, 0.85  # of unsure, so so, rather sure and sure


@pytest.fixture
def page(browser: Browser, url: str) -> Browser:
    """The first page, its scan and its text there."""
    browser.open(url + PAGE)
    browser.wait(lambda: browser.find(".overlay > g").get_attribute("transform"), "the scan")
    return browser


def chosen(browser: Browser) -> list[str]:
    return [option.text for option in browser.all(".option[aria-selected=true]")]


@pytest.mark.parametrize(
    "character", [".option[data-index='0']", ".character rect"], ids=["in the text", "on the scan"]
)
def test_the_pointer_shows_a_character_s_alternatives(page: Browser, character: str) -> None:
    page.hover(character)
    page.wait(lambda: page.all(".tip.shown"), "the alternatives")

    assert [glyph.text for glyph in page.all(".tip .glyph")] == ["い", "あ", "山", "U+F0000"]
    assert page.text(".tip .now") == "い\n95%"

    page.hover("h1")
    page.wait(lambda: not page.all(".tip.shown"), "nothing beside the pointer")


def test_a_confidence_has_its_colour_on_the_scan_and_in_the_text(
    page: Browser, archive: Archive
) -> None:
    scores_N = archive.reading(FIRST).scores_N
    levels = [str(sum(score >= bound for bound in BOUNDS)) for score in scores_N.tolist()]

    colours = page.run(
        "return [...document.querySelectorAll('.character rect')]"
        ".map((box) => [box.parentNode.dataset.level, getComputedStyle(box).stroke])"
    )

    assert [option.get_attribute("data-level") for option in page.all(".option")] == levels
    assert sorted(level for level, _ in colours) == sorted(levels)
    assert len({colour for _, colour in colours}) == 4
    assert len({(level, colour) for level, colour in colours}) == 4


def test_the_language_changes_and_stays(page: Browser) -> None:
    page.press("l")
    page.wait(lambda: page.text(".trail a") == "一覧へ", "Japanese")
    page.driver.refresh()

    page.wait(lambda: page.text(".trail a") == "一覧へ", "Japanese again")
    assert page.run("return document.documentElement.lang") == "ja"
    page.click("#language")
    page.wait(lambda: page.text(".trail a") == "All books", "English")


def test_brackets_turn_the_pages(page: Browser) -> None:
    page.press("[")  # there is none before
    page.press("]")
    page.wait(lambda: page.text("h1") == "002.jpg", "the next page")

    page.press("]")
    page.wait(lambda: page.text("h1") == "004.jpg", "the next one that could be read")
    page.press("[")
    page.wait(lambda: page.text("h1") == "002.jpg", "the page before")


def test_n_goes_through_the_hits_of_a_search(page: Browser, url: str) -> None:
    page.press(Keys.ARROW_DOWN, "3", Keys.ARROW_DOWN, Keys.ARROW_DOWN, "3")  # い and は become 山
    page.open(f"{url}{PAGE}?q=山")
    page.wait(lambda: "Hit 1 of 2" in page.text("#notice"), "the first hit")

    page.press("n")

    assert "Hit 2 of 2" in page.text("#notice")
    assert page.find(".option[aria-selected=true]").get_attribute("data-index") == "2"
    page.press("N")
    assert "Hit 1 of 2" in page.text("#notice")


def test_b_hides_the_boxes_and_r_shows_the_readings(page: Browser) -> None:
    def drawn() -> list[bool]:
        return [
            page.run(
                "return getComputedStyle(arguments[0]).stroke !== 'none'",
                page.find(".character rect"),
            ),
            page.find(".character text").is_displayed(),
        ]

    assert drawn() == [True, False]
    page.press("b")
    assert drawn() == [False, False]
    page.press("r")
    assert drawn() == [False, True]
    page.press("b", "r")
    assert drawn() == [True, False]


def test_z_takes_a_correction_back(page: Browser) -> None:
    page.press(Keys.ARROW_DOWN, "2")
    assert chosen(page) == ["あ"]
    assert len(page.all(".option.changed")) == 1

    page.press("z")

    assert chosen(page) == ["い"]
    assert page.all(".option.changed") == []
