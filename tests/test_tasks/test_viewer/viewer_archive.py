"""A small archive and its readings: hostile names, a damaged page and a blank one too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from model.characters import PageReading
from tasks.object_store import DirectoryStore
from tasks.page_row import PageRow, PageTimings
from tasks.readings import CurrentRows, write_part
from tasks.scans import Scan
from tasks.viewer.session import open_site
from tasks.viewer.site import ViewerSite

MODEL = "0123456789abcdef" * 4
WIDTH, HEIGHT = 1500, 2100
FIRST, SECOND = "genji/001.jpg", "genji/002.jpg"
DAMAGED, BLANK = "genji/003.jpg", "genji/004.jpg"
HOSTILE = "<img src=x onerror=document.title='owned'>/<script>alert(1)<'\"&.jpg"
COLUMNS = ("いろはにほへと", "ちりぬる\U0001b002を", "わかよたれそ")
SIDE = 120


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the test archive and its readings lie."""

    scans: DirectoryStore
    output: DirectoryStore

    def site(self, *, can_save: bool = True) -> ViewerSite:
        """Open it as the command does."""
        return open_site(self.output.location, self.scans.location, can_save=can_save)

    def row(self, key: str) -> PageRow:
        """What the readings hold about a page."""
        return CurrentRows(self.output)[key]

    def reading(self, key: str) -> PageReading:
        """The same of a page that could be read."""
        reading = self.row(key).reading
        assert reading is not None
        return reading


def draw_page(seed: int) -> bytes:
    """A JPEG with a dark spot where each character is."""
    image_HW3 = np.full((HEIGHT, WIDTH, 3), 235, np.uint8)
    generator = np.random.default_rng(seed)
    for x, y, width, height in make_reading().boxes_N4.astype(int):
        spot = generator.integers(20, 90, (height - 30, width - 30, 3))
        image_HW3[y + 15 : y + height - 15, x + 15 : x + width - 15] = spot
    return cv2.imencode(".jpg", image_HW3)[1].tobytes()


def make_reading() -> PageReading:
    """Three columns from right to left; later characters are less certain."""
    boxes = [
        (WIDTH - 300 - 250 * column, 200 + 150 * place, SIDE, SIDE)
        for column, text in enumerate(COLUMNS)
        for place in range(len(text))
    ]
    best = np.array([ord(character) for text in COLUMNS for character in text], np.int32)
    others = np.array([ord(character) for character in "あ山\U000f0000"], np.int32)
    return PageReading(
        boxes_N4=np.array(boxes, np.float32) + np.float32(0.3),
        scores_N=np.linspace(0.95, 0.1, len(best), dtype=np.float32),
        codepoints_NK=np.column_stack([best, np.tile(others, (len(best), 1))]),
        probabilities_NK=np.tile(np.array([0.7, 0.2, 0.06, 0.01], np.float32), (len(best), 1)),
    )


def make_row(scan: Scan, reading: PageReading | None) -> PageRow:
    """A page that was read, or a damaged one."""
    return PageRow(
        scan=scan,
        width=None if reading is None else WIDTH,
        height=None if reading is None else HEIGHT,
        model_digest=MODEL,
        reading=reading,
        error_kind="truncated" if reading is None else None,
        error_message="the image ends early" if reading is None else None,
        timings=PageTimings(),
        read_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def make_archive(folder: Path) -> Archive:
    """Five pages in two books."""
    scans, output = DirectoryStore(folder / "scans"), DirectoryStore(folder / "out")
    contents: dict[str, Callable[[], bytes]] = {
        FIRST: lambda: draw_page(1),
        SECOND: lambda: draw_page(2),
        DAMAGED: lambda: b"\xff\xd8\xff",
        BLANK: lambda: draw_page(4),
        HOSTILE: lambda: draw_page(3),
    }
    rows = []
    for key, make in contents.items():
        scans.put(key, make())
        info = scans.head(key)
        reading = {DAMAGED: None, BLANK: PageReading.empty()}.get(key, make_reading())
        rows.append(make_row(Scan(key, info.size, info.etag), reading))
    write_part(output, rows)
    return Archive(scans, output)
