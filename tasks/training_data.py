"""Where training crops come from: synthesis and labelled pages, mixed by weight."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from model.batch import Batch
from model.character_set import CharacterSet
from model.characters import LabelledImage, Labels
from model.crop import crop_page
from model.synthesis.atlas import GlyphAtlas
from model.synthesis.corpus import Corpus
from model.synthesis.render import render_crop
from tasks.challenge import image_id_of
from tasks.object_store import ObjectStore
from tasks.page_image import decode_page
from tasks.scans import Scan, list_scans


class CropSource(Protocol):
    """Makes labelled crops from nothing but a random generator."""

    def crop(self, rng: np.random.Generator, size: int, character_size: float) -> LabelledImage:
        """Return a crop of ``size`` pixels whose characters are about ``character_size`` tall."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticSource:
    """Crops rendered from glyphs and text."""

    atlas: GlyphAtlas
    corpus: Corpus

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

    @classmethod
    def match(cls, store: ObjectStore, labels: Mapping[str, Labels]) -> "LabelledPages":
        """Pair the scans of a store with labels by image id.

        Raises:
            ValueError: if no scan has a label.
        """
        pages = [
            (scan, labels[image_id])
            for scan in list_scans(store)
            if (image_id := image_id_of(scan.key)) in labels
        ]
        if not pages:
            raise ValueError(
                f"none of the {len(labels)} labelled pages has a scan in {store.location}; file "
                "names without extension must equal image_id"
            )
        return cls(store, pages)

    def crop(self, rng: np.random.Generator, size: int, character_size: float) -> LabelledImage:
        """Read a random page and cut a crop out of it."""
        scan, labels = self.pages[int(rng.integers(len(self.pages)))]
        page = decode_page(self.store.get(scan.key))
        return crop_page(LabelledImage(page.image_HW3, labels), rng, size, character_size)


class CropDataset(Dataset[LabelledImage]):
    """An endless sequence of crops in which number i depends on (seed, i) alone."""

    def __init__(
        self,
        sources: Sequence[CropSource],
        weights: Sequence[float],
        *,
        size: int,
        character_size: float,
        seed: int,
    ) -> None:
        self.sources = sources
        self.shares = np.asarray(weights, float) / sum(weights)
        self.size = size
        self.character_size = character_size
        self.seed = seed

    def __getitem__(self, index: int) -> LabelledImage:
        rng = np.random.default_rng([self.seed, index])
        source = self.sources[rng.choice(len(self.sources), p=self.shares)]
        return source.crop(rng, self.size, self.character_size)


@dataclass(frozen=True, slots=True)
class Collate:
    """Turns crops into a batch of tensors; picklable, so that loader processes can run it."""

    characters: CharacterSet
    channels: int

    def __call__(self, crops: list[LabelledImage]) -> Batch:
        """Stack crops; a class list without a crop's code point gives class -1."""
        images = np.stack([crop.image_HW3[..., : self.channels] for crop in crops])
        labels = [crop.labels for crop in crops]
        counts = torch.tensor([len(label) for label in labels])
        return Batch(
            image_BCHW=torch.from_numpy(images).permute(0, 3, 1, 2),
            boxes_N4=torch.from_numpy(np.concatenate([label.boxes_N4 for label in labels])),
            classes_N=torch.from_numpy(
                self.characters.classes_of(np.concatenate([x.codepoints_N for x in labels]))
            ),
            pages_N=torch.repeat_interleave(torch.arange(len(crops)), counts),
        )


def batches(
    dataset: CropDataset, collate: Collate, *, batch_size: int, first: int, last: int, workers: int
) -> Iterator[Batch]:
    """Yield the batches of steps ``first`` .. ``last`` - 1, made ahead by ``workers`` processes."""
    loader: DataLoader[LabelledImage] = DataLoader(
        dataset,
        batch_size=batch_size,
        sampler=range(first * batch_size, last * batch_size),
        collate_fn=collate,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        # A fork of a process that runs threads (Prefect, Dask, OpenMP) can hang or die.
        multiprocessing_context="spawn" if workers else None,
    )
    return iter(loader)
