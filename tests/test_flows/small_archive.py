"""Small pages for the tests of flows."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np


def jpeg(seed: int, height: int = 300, width: int = 200) -> bytes:
    image = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


def good_pages(count: int) -> dict[str, bytes]:
    return {f"源氏/page {number:02}.jpg": jpeg(number) for number in range(count)}


def fill(folder: Path, pages: Mapping[str, bytes]) -> Path:
    for key, data in pages.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)
    return folder
