"""Finds and names what stands on pages, at the scales that suit them.

Shapes: B pages, N characters, C classes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Generic, TypeVar

import torch
from torch import Tensor

from model.artifact import ReaderArtifact
from model.decode import heatmap_to_peaks, peaks_to_boxes, without_duplicates
from model.detections import LEAST_LOG_PROBABILITY, Detections
from model.detector import Maps
from model.engines import Engine
from model.page import Page, scale_confidence, sides_to_try
from model.page_batches import BatchComputer, channels_of
from model.page_scale import (
    PROBE_SIDE,
    READING_SIDES,
    SECOND_LOOK_SIDE,
    SOUGHT_SIZE,
    naming_sides,
    reading_side,
)
from model.propagation import propagate
from model.reduction import reduce

T = TypeVar("T")  # what is computed of a batch
PEAK_FLOOR = 0.1  # peaks below can never reach a sensible threshold


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What stands out on a page, best first: tensors on the device.

    Attributes:
        boxes_N4: boxes in pixels of the full-size page.
        presence_N: probability that there is a character.
        named_NC: probability of each character if there is one.
    """

    boxes_N4: Tensor
    presence_N: Tensor
    named_NC: Tensor

    def log_named(self) -> Tensor:
        """Log-probability of each character if there is one, never infinite."""
        return self.named_NC.log().clamp(min=LEAST_LOG_PROBABILITY)

    def detections(self) -> Detections:
        """What leaves the device of it."""
        return Detections(
            boxes_N4=self.boxes_N4.cpu().numpy(),
            presence_N=self.presence_N.cpu().numpy(),
            log_probabilities_NC=self.log_named().cpu().numpy(),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _View(Generic[T]):
    """What the network computed of one page at one scale.

    Attributes:
        page: its index among the pages asked for.
        computed: of the batch that it is in.
        position: in that batch.
        shape: (height, width) of the reduced page; what lies beyond is padding.
        scale: reduced pixels per pixel of the full-size page, for x and y.
    """

    page: int
    computed: T
    position: int
    shape: tuple[int, int]
    scale: tuple[float, float]

    def to_view(self, boxes_N4: Tensor) -> Tensor:
        """Boxes in pixels of the full-size page, in reduced ones."""
        return boxes_N4 * boxes_N4.new_tensor(self.scale * 2)

    def to_page(self, boxes_N4: Tensor) -> Tensor:
        """Boxes in reduced pixels, in those of the full-size page."""
        return boxes_N4 / boxes_N4.new_tensor(self.scale * 2)


class PageFinder:
    """Runs the network on pages and decodes its maps.

    Args:
        artifact: tells the classes, the threshold and the size of characters that it reads best.
        engine: computes the network.
    """

    def __init__(self, artifact: ReaderArtifact, engine: Engine) -> None:
        self.configuration = artifact.detector.configuration
        self.reject_class = artifact.characters.reject_class
        self.threshold = artifact.threshold
        self.sought_size = float(artifact.card.get("sought_size", SOUGHT_SIZE))
        self.engine = engine
        self._batches = BatchComputer(engine.pixels_per_batch)

    def find(self, pages: Sequence[Page]) -> list[Found]:
        """Find at the scale that suits each page, and name at larger scales too.

        A small image shows the size of the characters, which tells the scale; where it shows too
        few, it is the scale at which they are named most confidently. Several scales show several
        images of a character, and the mean of their log-probabilities is right more often.
        """
        probes = dict(enumerate(self.find_at(pages, PROBE_SIDE)))
        found = self._find_blank(pages, probes)
        sides = {i: self.choose_side(pages[i], probes[i]) for i in probes.keys() - found.keys()}
        for side in sorted(set(sides.values())):
            chosen = sorted(i for i, its_side in sides.items() if its_side == side)
            some = [pages[i] for i in chosen]
            found.update(zip(chosen, self._find_and_name(some, side), strict=True))
        return [found[i] for i in range(len(pages))]

    def find_at(self, pages: Sequence[Page], long_side: int) -> list[Found]:
        """Find at one scale: the longer side is reduced to ``long_side`` pixels."""
        found = {
            view.page: self._decode(view) for view in self._look(self.engine.maps, pages, long_side)
        }
        return [found[i] for i in range(len(pages))]

    def _find_blank(self, pages: Sequence[Page], probes: Mapping[int, Found]) -> dict[int, Found]:
        """Find the pages that show nothing, neither on the probe nor on a larger image."""
        silent = [i for i, probe in probes.items() if shows_nothing(probe)]
        again = self.find_at([pages[i] for i in silent], SECOND_LOOK_SIDE)
        return {i: found for i, found in zip(silent, again, strict=True) if shows_nothing(found)}

    def _suitability(self, found: Found) -> float:
        """How well a scale suits a page.

        Measured before calibration: a scale is compared with others, not with the truth.
        """
        kept = found.presence_N > self.threshold
        best = found.named_NC[kept].amax(1) if kept.any() else found.presence_N[kept]
        return scale_confidence((found.presence_N[kept] * best).cpu().numpy())

    def choose_side(self, page: Page, probe: Found) -> int:
        """Choose the longer side, in pixels, at which a page is read.

        Args:
            page: the page.
            probe: what was found on it at ``PROBE_SIDE``.
        """
        present_N4 = probe.boxes_N4[probe.presence_N > self.threshold].cpu().numpy()
        side = reading_side(present_N4, max(page.width, page.height), self.sought_size)
        if side is None:
            tried = sides_to_try(page)
            side = max(tried, key=lambda one: self._suitability(self.find_at([page], one)[0]))
        return next(one for one in READING_SIDES if one >= min(side, page.long_side))

    def _find_and_name(self, pages: Sequence[Page], side: int) -> list[Found]:
        found = self.find_at(pages, side)
        said = [one.log_named() for one in found]  # sums over the scales
        scales = [1] * len(pages)
        for before, larger in pairwise(naming_sides(side)):
            seen = [
                i
                for i, page in enumerate(pages)
                if page.long_side > before and len(found[i].boxes_N4)
            ]
            boxes = [found[i].boxes_N4 for i in seen]
            for position, log_named_NC in self.name([pages[i] for i in seen], boxes, larger):
                said[seen[position]] += log_named_NC
                scales[seen[position]] += 1
        return [
            replace(one, named_NC=_agreed(logarithms_NC / count, one.presence_N))
            for one, logarithms_NC, count in zip(found, said, scales, strict=True)
        ]

    def name(
        self, pages: Sequence[Page], boxes: Sequence[Tensor], long_side: int
    ) -> Iterator[tuple[int, Tensor]]:
        """Name what is in boxes of pages, given that it is a character.

        Args:
            pages: the pages.
            boxes: of each, N4 in pixels of the full-size page.
            long_side: the longer side is reduced to so many pixels.

        Yields:
            A page's position and its log-probabilities, in any order. No maps are kept beyond.
        """
        for view in self._look(self.engine.features, pages, long_side):
            boxes_N4 = view.to_view(boxes[view.page])
            logits_NC = self._logits(view.computed, view.position, boxes_N4)
            yield view.page, logits_NC[:, : self.reject_class].log_softmax(1)

    def _look(
        self, forward: Callable[[Tensor], T], pages: Sequence[Page], long_side: int
    ) -> Iterator[_View[T]]:
        """Compute something of pages, in batches, in any order."""
        channels = self.configuration.input_channels
        images = [reduce(channels_of(page.image_HW3, channels), long_side) for page in pages]
        for group, computed in self._batches.compute(forward, images):
            for position, i in enumerate(group):
                height, width = images[i].shape[:2]
                scale = width / pages[i].width, height / pages[i].height
                yield _View(i, computed, position, (height, width), scale)

    def _decode(self, view: _View[Maps]) -> Found:
        """Decode one page of a batch; what lies in the padding or is there twice is dropped."""
        maps = view.computed
        heatmap_HW = maps.heatmap_BHW[view.position].float().sigmoid()
        log_size_2HW = maps.log_size_B2HW[view.position].float()
        peaks = heatmap_to_peaks(heatmap_HW, PEAK_FLOOR)
        boxes_N4 = peaks_to_boxes(peaks, log_size_2HW, self.configuration.character_size)
        centers_N2 = boxes_N4[:, :2] + boxes_N4[:, 2:] / 2
        height, width = view.shape
        on_page_N = (centers_N2[:, 0] < width) & (centers_N2[:, 1] < height)
        boxes_N4, scores_N = boxes_N4[on_page_N], peaks.scores_N[on_page_N]
        logits_NC = self._logits(maps.features_BCHW, view.position, boxes_N4)
        presence_N = scores_N * (1 - logits_NC.softmax(1)[:, self.reject_class])
        kept = without_duplicates(boxes_N4, presence_N)
        named_NC = logits_NC[kept, : self.reject_class].softmax(1)
        return Found(view.to_page(boxes_N4[kept]), presence_N[kept], named_NC)

    def _logits(self, features_BCHW: Tensor, position: int, boxes_N4: Tensor) -> Tensor:
        """Logits of all classes for boxes on one image of a batch."""
        if len(boxes_N4) == 0:
            return boxes_N4.new_zeros((0, self.reject_class + 1))
        pages_N = torch.full((len(boxes_N4),), position, device=boxes_N4.device)
        return self.engine.classify(features_BCHW, boxes_N4, pages_N)


def _agreed(log_named_NC: Tensor, presence_N: Tensor) -> Tensor:
    """Probability of each character, from the mean of its log-probabilities at several scales."""
    return propagate(log_named_NC.log_softmax(1), presence_N).softmax(1)


def shows_nothing(found: Found) -> bool:
    """Whether nothing at all was found that might be a character."""
    return len(found.boxes_N4) == 0
