"""What the report shows of the scans: whole pages with marks, and single characters."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import cv2
import numpy as np

from model.characters import FloatArray, ImageArray
from tasks.fetch import FetchedPage, fetch_page
from tasks.object_store import ObjectStore
from tasks.page_image import PageImage
from tasks.progress import PageProgress
from tasks.report.figures import Figures
from tasks.report.scored_pages import ScoredPage

LONG_SIDE = 3000  # pixels to decode: characters of 40 px are plain to see in what remains of them
PAGE_HEIGHT = 1000  # pixels of a page in the report
CROP_HEIGHT = 72  # pixels of a character in the report
MARGIN = 0.3  # of the box around a character: its neighbours tell much
JPEG_QUALITY = 70

Box = Sequence[float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A box on a page.

    Attributes:
        kind: ``right``, ``wrong`` (right place, wrong character), ``missed`` or ``false``.
        box: x, y, width, height in pixels of the page.
        text: what stands there and what was read.
    """

    kind: str
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Images as data URIs.

    Attributes:
        pages: by image id.
        crops: by image id and box.
    """

    pages: Mapping[str, str] = field(default_factory=dict)
    crops: Mapping[tuple[str, tuple[float, ...]], str] = field(default_factory=dict)

    def crop(self, page: str, box: Box) -> str | None:
        """The picture of one character, if there is one."""
        return self.crops.get((page, tuple(box)))


def page_marks(page: ScoredPage) -> list[Mark]:
    """Mark what is right and what is wrong on a page."""
    return [*_true_marks(page), *_false_marks(page)]


def page_size(page: ScoredPage) -> tuple[float, float]:
    """Width and height in pixels; of a page that was never decoded, what its labels reach."""
    if page.row is not None and page.row.width and page.row.height:
        return page.row.width, page.row.height
    corners_N2 = page.truth.boxes_N4[:, :2] + page.truth.boxes_N4[:, 2:]
    width, height = np.vstack([corners_N2, np.ones((1, 2))]).max(0).tolist()
    return width, height


def take_pictures(
    archive: ObjectStore, pages: Mapping[str, ScoredPage], figures: Figures
) -> Pictures:
    """Fetch the pages that the report shows, each once; one that is gone has no pictures."""
    whole = {worst["page"] for worst in figures["worst_pages"]}
    boxes: dict[str, list[Box]] = {image_id: [] for image_id in whole}
    for pair in figures["confusions"]:
        for example in pair["examples"]:
            boxes.setdefault(example["page"], []).append(example["box"])
    uris: dict[str, str] = {}
    crops: dict[tuple[str, tuple[float, ...]], str] = {}
    with PageProgress(len(boxes)) if boxes else nullcontext() as progress:
        for image_id, scan in _scans(archive, pages, sorted(boxes), progress):
            if image_id in whole:
                uris[image_id] = _page_uri(scan)
            crops |= {(image_id, tuple(box)): _crop_uri(scan, box) for box in boxes[image_id]}
    return Pictures(uris, crops)


def _scans(
    archive: ObjectStore,
    pages: Mapping[str, ScoredPage],
    image_ids: Sequence[str],
    progress: PageProgress | None,
) -> Iterator[tuple[str, PageImage]]:
    for image_id in image_ids:
        row = pages[image_id].row
        fetched = fetch_page(archive, row.scan, LONG_SIDE) if row else None
        if isinstance(fetched, FetchedPage):
            yield image_id, fetched.page
        if progress:
            progress.count(failed=not isinstance(fetched, FetchedPage))


def _true_marks(page: ScoredPage) -> Iterator[Mark]:
    rows = zip(
        page.truth.boxes_N4.tolist(),
        page.truth.codepoints_N.tolist(),
        page.match_M.tolist(),
        page.detection_M.tolist(),
        strict=True,
    )
    for box, codepoint, match, detection in rows:
        if match >= 0:
            yield Mark("right", box, chr(codepoint))
        elif detection >= 0:
            read = chr(int(page.codepoints_N[detection]))
            yield Mark("wrong", box, f"{chr(codepoint)} → {read}")
        else:
            yield Mark("missed", box, chr(codepoint))


def _false_marks(page: ScoredPage) -> Iterator[Mark]:
    for n in np.flatnonzero(~page.placed_N & ~page.right_N).tolist():
        yield Mark("false", page.boxes_N4[n].tolist(), chr(int(page.codepoints_N[n])))


def _page_uri(page: PageImage) -> str:
    return _jpeg_uri(_to_height(page.image_HW3, PAGE_HEIGHT))


def _crop_uri(page: PageImage, box: Box) -> str:
    height, width = page.image_HW3.shape[:2]
    scale = np.array([width / page.page_width, height / page.page_height] * 2)
    x, y, box_width, box_height = (np.array(box) * scale).tolist()
    margin = MARGIN * max(box_width, box_height)
    low = np.array([x - margin, y - margin])
    high = np.array([x + box_width + margin, y + box_height + margin])
    return _jpeg_uri(_to_height(_cut(page.image_HW3, low, high), CROP_HEIGHT))


def _cut(image_HW3: ImageArray, low_2: FloatArray, high_2: FloatArray) -> ImageArray:
    """Cut a rectangle out, at least one pixel of it; what lies outside the image is left away."""
    height, width = image_HW3.shape[:2]
    left, top = np.clip(np.floor(low_2), 0, [width - 1, height - 1]).astype(int).tolist()
    right, bottom = np.clip(np.ceil(high_2), [left + 1, top + 1], [width, height]).astype(int)
    return image_HW3[top:bottom, left:right]


def _to_height(image_HW3: ImageArray, height: int) -> ImageArray:
    if image_HW3.shape[0] <= height:
        return image_HW3
    width = max(1, round(image_HW3.shape[1] * height / image_HW3.shape[0]))
    return cv2.resize(image_HW3, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _jpeg_uri(image_HW3: ImageArray) -> str:
    image = cv2.cvtColor(image_HW3, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
