"""Takes the pictures of viewer and report in Chromium (Debian: chromium-driver fonts-noto-cjk).

kuzushiji report build/demo --labels demo/labels.csv --archive demo/archive --to build/report.html
python docs/images/take_screenshots.py build/demo demo/archive build/report.html docs/images
"""

import io
import sys
import threading
import time
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service

from tasks.viewer.catalogue import name_digest
from tasks.viewer.server import ViewerServer
from tasks.viewer.session import open_site

PAGE = "makura/makura_00002.jpg"
SEARCH = "浮ぶ"
REPORT = (1100, 1880)  # of each half, in pixels of the screen
SHRUNK = (660, 1128)  # in the picture
SECOND_HALF = "What is taken for what"
SETTLE = 10.0  # seconds; until tiles and fonts are there
QUALITY = 75


def take_all(output: str, archive: str, report: str, folder: str) -> None:
    """Write ``viewer-*.jpg`` and ``report.jpg`` into a folder."""
    options = webdriver.ChromeOptions()
    for flag in ("headless=new", "no-sandbox", "disable-gpu", "hide-scrollbars"):
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options, Service("/usr/bin/chromedriver"))
    pictures = Path(folder)
    try:
        with ViewerServer(open_site(output, archive, can_save=True), 0) as server:
            threading.Thread(target=server.serve_forever, args=(0.05,)).start()
            take_viewer(driver, server.url, pictures)
            server.shutdown()
        take_report(driver, Path(report).absolute().as_uri(), pictures)
    finally:
        driver.quit()


def take_viewer(driver: webdriver.Chrome, url: str, pictures: Path) -> None:
    """A page, a search in dark, the page on a phone in Japanese."""
    page = f"{url}#/page/{name_digest(PAGE)}"
    show(driver, page, 1280, 800, dark=False)
    press(driver, "r", "+", "+", "u", "u")
    take(driver).save(pictures / "viewer-page.jpg", quality=QUALITY)
    show(driver, f"{url}#/search?q={SEARCH}", 1200, 680, dark=True)
    take(driver).save(pictures / "viewer-search.jpg", quality=QUALITY)
    show(driver, page, 390, 780, dark=False)
    press(driver, "l", "u")  # the readings are still on
    take(driver).save(pictures / "viewer-phone.jpg", quality=QUALITY)


def take_report(driver: webdriver.Chrome, url: str, pictures: Path) -> None:
    """Its beginning in light, beside its middle in dark."""
    halves = Image.new("RGB", (2 * SHRUNK[0], SHRUNK[1]))
    show(driver, url, *REPORT, dark=False)
    halves.paste(take(driver).resize(SHRUNK, Image.Resampling.LANCZOS), (0, 0))
    show(driver, url, *REPORT, dark=True)
    driver.execute_script(
        "[...document.querySelectorAll('h2')].find((one) => one.textContent === arguments[0])"
        ".scrollIntoView()",
        SECOND_HALF,
    )
    halves.paste(take(driver).resize(SHRUNK, Image.Resampling.LANCZOS), (SHRUNK[0], 0))
    halves.save(pictures / "report.jpg", quality=QUALITY)


def show(driver: webdriver.Chrome, url: str, width: int, height: int, *, dark: bool) -> None:
    """Open an address anew on a screen of this size."""
    screen = {
        "width": width,
        "height": height,
        "deviceScaleFactor": 1,
        "mobile": width < height / 2,
    }
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme, still]})
    driver.get("about:blank")
    driver.get(url)
    time.sleep(SETTLE)


def press(driver: webdriver.Chrome, *keys: str) -> None:
    """Press one key after the other."""
    for key in keys:
        ActionChains(driver).send_keys(key).perform()
        time.sleep(SETTLE / 4)


def take(driver: webdriver.Chrome) -> Image.Image:
    """What the screen shows now."""
    time.sleep(SETTLE / 4)
    return Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")


if __name__ == "__main__":
    take_all(*sys.argv[1:])
