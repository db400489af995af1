"""Reads full pages: scale, network, peaks, classes, order.

Shapes: B pages, H W rows and columns, N characters, K alternatives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from model.artifact import ReaderArtifact
from model.characters import ImageArray, PageReading
from model.decode import heatmap_to_peaks, peaks_to_boxes, without_duplicates
from model.detector import SIZE_MULTIPLE, CharacterDetector, Maps
from model.precision import autocast
from model.reading_order import reading_order

ALTERNATIVES = 5
# Long sides, in pixels, at which a page is tried; neighbours differ by a factor of 1.4, within
# which the training varied the characters' size. The last is also the largest image ever needed.
CANDIDATE_SIDES = (480, 680, 960, 1360)
PEAK_FLOOR = 0.1  # peaks below can never reach a sensible threshold
PIXELS_PER_BATCH = 4_000_000  # bounds the memory of a forward pass


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page as the reader takes it.

    Attributes:
        image_HW3: uint8 RGB, upright, at most ``CANDIDATE_SIDES[-1]`` on its longer side.
        width: width of the full-size page in pixels: the frame of the boxes that are returned.
        height: its height.
    """

    image_HW3: ImageArray
    width: int
    height: int


class PageReader:
    """Turns page images into readings.

    Args:
        artifact: the trained reader.
        device: where to compute.
        precision: what :func:`model.precision.choose_precision` returned.
    """

    def __init__(
        self, artifact: ReaderArtifact, device: torch.device, precision: torch.dtype
    ) -> None:
        detector = artifact.detector.to(device).to(memory_format=torch.channels_last)
        self.detector: CharacterDetector = detector.eval()
        self.characters = artifact.characters
        self.threshold = artifact.threshold
        self.device = device
        self.precision = precision

    def read(self, pages: Sequence[Page]) -> list[PageReading]:
        """Read pages, each at the scale at which its characters are named most confidently."""
        best = [PageReading.empty(ALTERNATIVES) for _ in pages]
        confidence = [0.0] * len(pages)
        for side in CANDIDATE_SIDES:
            tried = [i for i, page in enumerate(pages) if _worth_trying(page, side)]
            readings = self.read_at([pages[i] for i in tried], side)
            for i, reading in zip(tried, readings, strict=True):
                if scale_confidence(reading) > confidence[i]:
                    best[i], confidence[i] = reading, scale_confidence(reading)
        return best

    @torch.inference_mode()
    def read_at(self, pages: Sequence[Page], long_side: int) -> list[PageReading]:
        """Read pages at one scale: the longer side is reduced to ``long_side`` pixels."""
        images = [_reduce(page.image_HW3, long_side) for page in pages]
        readings: dict[int, PageReading] = {}
        for group in group_by_shape([image.shape[:2] for image in images]):
            maps = self._forward([images[i] for i in group])
            for position, i in enumerate(group):
                scale = images[i].shape[0] / pages[i].height, images[i].shape[1] / pages[i].width
                readings[i] = self._decode(maps, position, images[i].shape[:2], scale)
        return [readings[i] for i in range(len(pages))]

    def _forward(self, images: list[ImageArray]) -> Maps:
        height, width = padded_shape([image.shape[:2] for image in images])
        batch = np.stack([_pad(image, height, width) for image in images])
        channels = self.detector.configuration.input_channels
        tensor = torch.from_numpy(np.ascontiguousarray(batch[..., :channels])).permute(0, 3, 1, 2)
        with autocast(self.device, self.precision):
            maps: Maps = self.detector(tensor.to(self.device, non_blocking=True))
        return maps

    def _decode(
        self, maps: Maps, position: int, shape: tuple[int, ...], scale: tuple[float, float]
    ) -> PageReading:
        """Decode one page of a batch; what lies in the padding is dropped."""
        heatmap = maps.heatmap_BHW[position].float().sigmoid()
        peaks = heatmap_to_peaks(heatmap, PEAK_FLOOR)
        character_size = self.detector.configuration.character_size
        boxes = peaks_to_boxes(peaks, maps.log_size_B2HW[position].float(), character_size)
        centers = boxes[:, :2] + boxes[:, 2:] / 2
        on_page = (centers[:, 0] < shape[1]) & (centers[:, 1] < shape[0])
        boxes, scores = boxes[on_page], peaks.scores_N[on_page]
        if len(boxes) == 0:
            return PageReading.empty(ALTERNATIVES)
        probabilities = self._classify(maps, position, boxes)
        return self._assemble(boxes, scores, probabilities, scale)

    def _classify(self, maps: Maps, position: int, boxes: Tensor) -> Tensor:
        pages = torch.full((len(boxes),), position, device=boxes.device)
        with autocast(self.device, self.precision):
            logits = self.detector.classify(maps, boxes, pages)
        return logits.float().softmax(1)

    def _assemble(
        self, boxes: Tensor, scores: Tensor, probabilities: Tensor, scale: tuple[float, float]
    ) -> PageReading:
        """Drop the unlikely and the doubled, order the rest, return to page pixels."""
        accepted = 1 - probabilities[:, self.characters.reject_class]
        presence = scores * accepted
        kept = without_duplicates(boxes, presence)
        kept = kept[presence[kept] > self.threshold]
        named = probabilities[kept, : self.characters.reject_class] / accepted[kept, None]
        best, classes = named.topk(min(ALTERNATIVES, named.shape[1]), dim=1)
        page_boxes = boxes[kept] / boxes.new_tensor([scale[1], scale[0], scale[1], scale[0]])
        order = reading_order(page_boxes.cpu().numpy())
        return PageReading(
            boxes_N4=page_boxes.cpu().numpy()[order],
            scores_N=(presence[kept] * best[:, 0]).cpu().numpy()[order],
            codepoints_NK=self.characters.codepoints_of(classes.cpu().numpy())[order],
            probabilities_NK=best.cpu().numpy()[order],
        )


def scale_confidence(reading: PageReading) -> float:
    """How well a scale suits a page: the mean score, times the logarithm of one more than N.

    The mean alone would prefer a scale at which only one large heading is seen.
    """
    if len(reading) == 0:
        return 0.0
    return float(reading.scores_N.mean()) * float(np.log1p(len(reading)))


def group_by_shape(shapes: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Group images of like size into batches of bounded area; returns indices.

    Images of one batch differ by less than ``SIZE_MULTIPLE`` in both sides, so that padding them
    to a common shape wastes little.
    """
    groups: dict[tuple[int, int], list[list[int]]] = {}
    for i, (height, width) in enumerate(shapes):
        shape = padded_shape([(height, width)])
        room = max(1, PIXELS_PER_BATCH // (shape[0] * shape[1]))
        batches = groups.setdefault(shape, [[]])
        if len(batches[-1]) == room:
            batches.append([])
        batches[-1].append(i)
    return [batch for batches in groups.values() for batch in batches]


def padded_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """The smallest (height, width) in multiples of 32 that holds all images."""
    height = max(shape[0] for shape in shapes)
    width = max(shape[1] for shape in shapes)
    return -height % SIZE_MULTIPLE + height, -width % SIZE_MULTIPLE + width


def _worth_trying(page: Page, side: int) -> bool:
    """A page smaller than a candidate was tried at its own size before; nothing is enlarged."""
    longer = max(page.image_HW3.shape[:2])
    return side == CANDIDATE_SIDES[0] or longer > CANDIDATE_SIDES[CANDIDATE_SIDES.index(side) - 1]


def _reduce(image: ImageArray, long_side: int) -> ImageArray:
    height, width = image.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _pad(image: ImageArray, height: int, width: int) -> ImageArray:
    rows, columns = height - image.shape[0], width - image.shape[1]
    return cv2.copyMakeBorder(image, 0, rows, 0, columns, cv2.BORDER_REPLICATE)  # type: ignore[return-value]
