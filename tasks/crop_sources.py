"""Where training crops come from: synthesis and labelled pages, mixed by weight."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from cachetools import LRUCache, cached

from model.augmentation import augment_crop
from model.characters import ImageArray, LabelledImage, Labels
from model.crop import crop_page
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.corpus import Corpus
from model.synthesis.render import render_crop
from tasks.object_store import ObjectStore
from tasks.page_image import decode_page
from tasks.scans import Scan

IMAGE_CACHE_BYTES = 768 << 20  # per process that makes crops; 40 pages of 2,000 x 3,200 px


class CropSource(Protocol):
    """Makes labelled crops from nothing but a random generator."""

    @property
    def digest(self) -> str:
        """SHA-256 of what the crops are made of."""

    def crop(self, rng: np.random.Generator, size: int, character_size: float) -> LabelledImage:
        """Return a crop of ``size`` pixels whose characters are about ``character_size`` tall."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticSource:
    """Crops rendered from glyphs and text."""

    atlas: GlyphAtlas
    corpus: Corpus

    @property
    def digest(self) -> str:
        """SHA-256 of the glyphs, their shares, the text and the characters' frequencies."""
        digest = hashlib.sha256()
        for array in (
            self.atlas.codepoints_G,
            self.atlas.sources_G,
            self.atlas.weights_G,
            self.atlas.shapes_G2,
            self.atlas.pixels_P,
            *self.corpus.tables,
        ):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def crop(self, rng: np.random.Generator, size: int, character_size: float) -> LabelledImage:
        """Render a crop."""
        return render_crop(self.atlas, self.corpus, rng, size, character_size)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPages:
    """Crops of scanned pages with true boxes.

    Attributes:
        store: where the scans are.
        pages: scans with their labels; blank pages belong here too.
    """

    store: ObjectStore
    pages: Sequence[tuple[Scan, Labels]]

    @property
    def digest(self) -> str:
        """SHA-256 of the scans' names and versions and of their labels."""
        digest = hashlib.sha256()
        for scan, labels in self.pages:
            digest.update(f"{scan.key}\0{scan.etag}\0".encode())
            digest.update(labels.boxes_N4.tobytes() + labels.codepoints_N.tobytes())
        return digest.hexdigest()

    def crop(self, rng: np.random.Generator, size: int, character_size: float) -> LabelledImage:
        """Read a random page and cut a crop out of it."""
        scan, labels = self.pages[int(rng.integers(len(self.pages)))]
        image_HW3 = _read_image(self.store, scan)
        return crop_page(LabelledImage(image_HW3, labels), rng, size, character_size)


@cached(
    LRUCache[Any, ImageArray](IMAGE_CACHE_BYTES, getsizeof=lambda image: image.nbytes),
    key=lambda store, scan: (store.location, scan.key, scan.etag),
    lock=threading.Lock(),
)
def _read_image(store: ObjectStore, scan: Scan) -> ImageArray:
    """Decode a page, or take it from this process's memory: a page gives crops again and again."""
    return decode_page(store.get(scan.key)).image_HW3


@dataclass(frozen=True, slots=True, eq=False)
class CropSequence:
    """An endless sequence of crops in which number i depends on (seed, i) alone.

    Attributes:
        sources: where crops come from.
        weights: share of each source, in any unit.
        size: side of a crop in pixels.
        character_size: usual side of a character in pixels.
        seed: equal seeds give equal crops.
    """

    sources: Sequence[CropSource]
    weights: Sequence[float]
    size: int
    character_size: float
    seed: int

    def __getitem__(self, number: int) -> LabelledImage:
        rng = np.random.default_rng([self.seed, number])
        shares = np.asarray(self.weights, float) / sum(self.weights)
        source = self.sources[rng.choice(len(self.sources), p=shares)]
        return augment_crop(
            source.crop(rng, self.size, self.character_size), rng, self.character_size
        )
