"""A real Chromium, and what a person does with it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

PATIENCE = 60.0  # seconds; a busy machine, not a promise
AXE = Path(__file__).parents[2] / "data/axe-core/axe.min.js"
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --lang=en"
    " --disable-background-networking --disable-component-update --disable-sync"
)


class Browser:
    """Chromium with one page open.

    Args:
        chromium: its path.
        driver: the path of its driver.
        folder: for its profile and downloads.
    """

    def __init__(self, chromium: str, driver: str, folder: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (*_FLAGS.split(), f"--user-data-dir={folder / 'profile'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, Service(driver))
        self.downloads = folder / "downloads"
        self._command(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads)
        )

    def look(self, width: int = 1280, height: int = 800, *, dark: bool = False) -> None:
        """Take a screen's size and a system's theme."""
        phone = width < 600
        self._command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self._command("Emulation.setEmulatedMedia", features=[theme, still])

    def open(self, url: str) -> None:
        """Open an address anew, even if only what follows its # differs."""
        self.driver.get("about:blank")
        self.driver.get(url)

    def all(self, selector: str) -> list[WebElement]:
        """What is there now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector: str) -> WebElement:
        """The first of its kind, once it is there."""
        self.wait(lambda: self.all(selector), selector)
        return self.all(selector)[0]

    def text(self, selector: str) -> str:
        """What it says."""
        return self.find(selector).text

    def click(self, selector: str) -> None:
        """Click it once it is there."""
        self.find(selector).click()

    def hover(self, selector: str) -> None:
        """Put the pointer on it once it is there."""
        ActionChains(self.driver).move_to_element(self.find(selector)).perform()

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def drag(self, selector: str, begin: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one point to another, in pixels from the top left corner of an element."""
        node = self.find(selector)
        middle = node.size["width"] / 2, node.size["height"] / 2
        x, y = (int(place - half) for place, half in zip(begin, middle, strict=True))
        actions = ActionChains(self.driver).move_to_element_with_offset(node, x, y).click_and_hold()
        actions.move_by_offset(5, 5)
        actions.move_by_offset(int(end[0] - begin[0]) - 5, int(end[1] - begin[1]) - 5)
        actions.release().perform()

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever it returns
        """Run JavaScript."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not self._holds(condition):
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.05)

    def _holds(self, condition: Callable[[], object]) -> bool:
        try:
            return bool(condition())
        except StaleElementReferenceException:  # the page was redrawn while we looked
            return False

    def errors(self) -> list[str]:
        """The console's errors since the last call.

        Not its warnings: OpenSeadragon has one for a tile that arrives when its page was left.
        """
        entries: list[dict[str, Any]] = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def accessibility_faults(self, rules: list[str] | None = None) -> list[str]:
        """Serious and critical faults that axe finds now, by these rules or by all."""
        if not self.run("return 'axe' in window"):
            self.run(AXE.read_text())
        found = self.driver.execute_async_script(
            "const [runOnly, done] = arguments;"
            "axe.run({resultTypes: ['violations'], ...(runOnly ? {runOnly} : {})}).then(done)",
            rules,
        )
        return [
            f"{fault['id']}: {[node['target'] for node in fault['nodes']][:3]}"
            for fault in found["violations"]
            if fault["impact"] in ("serious", "critical")
        ]

    def close(self) -> None:
        """End the browser and its driver."""
        self.driver.quit()

    def _command(self, name: str, **parameters: object) -> None:
        self.driver.execute_cdp_cmd(name, parameters)
