"""Where crops come from: sources by their weights, blank pages too."""

import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.characters import LabelledImage, Labels
from tasks.crop_sources import CropSequence, LabelledPages
from tasks.object_store import open_store
from tasks.scans import list_scans

SIZE = 64


@dataclass(frozen=True, slots=True)
class OneCharacter:
    """A source whose crops tell by their only label where they come from."""

    codepoint: int
    digest: str = ""

    def crop(self, rng: np.random.Generator, size: int, character_size: float) -> LabelledImage:
        """A bare crop; the label is a region that no patch can hide."""
        del rng, character_size
        boxes = np.array([(0, 0, size, size)], np.float32)
        image = np.full((size, size, 3), 200, np.uint8)
        return LabelledImage(image, Labels(boxes, np.array([self.codepoint], np.int32)))


@pytest.mark.parametrize("weights", [(3, 1, 0), (0.3, 0.1, 0.0)], ids=["parts", "shares"])
def test_sources_are_asked_by_their_weights(weights: tuple[float, ...]) -> None:
    sources = [OneCharacter(number) for number in (1, 2, 3)]
    sequence = CropSequence(sources, weights, SIZE, 8.0, seed=0)

    asked = Counter(int(sequence[n].labels.codepoints_N[0]) for n in range(800))

    assert asked[1] == pytest.approx(600, abs=40)  # three standard deviations: 37
    assert asked[1] + asked[2] == 800


def test_blank_pages_become_crops_like_written_ones(tmp_path: Path) -> None:
    for name, tone in (("blank", 220), ("written", 120)):
        data = io.BytesIO()
        Image.new("RGB", (300, 400), (tone, tone, tone)).save(data, "JPEG")
        (tmp_path / f"{name}.jpg").write_bytes(data.getvalue())
    store = open_store(str(tmp_path))
    boxes = np.array([(140, 190, 20, 20)], np.float32)
    labels = {"written.jpg": Labels(boxes, np.array([0x3042], np.int32))}
    pages = [(scan, labels.get(scan.key, Labels.empty())) for scan in list_scans(store)]

    crops = [
        LabelledPages(store, pages).crop(np.random.default_rng(seed), SIZE, 20.0)
        for seed in range(20)
    ]

    blank = [crop for crop in crops if crop.image_HW3.mean() > 170]
    assert 2 < len(blank) < 18
    assert all(crop.image_HW3.shape == (SIZE, SIZE, 3) for crop in crops)
    assert all(len(crop.labels) == (crop.image_HW3.mean() < 170) for crop in crops)
