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
from model.detections import LEAST_LOG_PROBABILITY, Detections
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
class _Found:
    """What stands out on a page, best first: tensors on the device.

    Attributes:
        boxes_N4: boxes in pixels of the full-size page.
        presence_N: probability that there is a character.
        named_NC: probability of each character if there is one.
    """

    boxes_N4: Tensor
    presence_N: Tensor
    named_NC: Tensor


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
            tried = [i for i, page in enumerate(pages) if side in sides_to_try(page)]
            readings = self.read_at([pages[i] for i in tried], side)
            for i, reading in zip(tried, readings, strict=True):
                if scale_confidence(reading) > confidence[i]:
                    best[i], confidence[i] = reading, scale_confidence(reading)
        return best

    @torch.inference_mode()
    def read_at(self, pages: Sequence[Page], long_side: int) -> list[PageReading]:
        """Read pages at one scale: the longer side is reduced to ``long_side`` pixels."""
        return [self._reading(found) for found in self._find(pages, long_side)]

    @torch.inference_mode()
    def detect(self, page: Page, long_side: int) -> Detections:
        """Find at one scale also what is too unsure to be reported, with a probability per class.

        Args:
            page: the page.
            long_side: the longer side is reduced to so many pixels.
        """
        [found] = self._find([page], long_side)
        return Detections(
            boxes_N4=found.boxes_N4.cpu().numpy(),
            presence_N=found.presence_N.cpu().numpy(),
            log_probabilities_NC=found.named_NC.log()
            .clamp(min=LEAST_LOG_PROBABILITY)
            .cpu()
            .numpy(),
        )

    def _find(self, pages: Sequence[Page], long_side: int) -> list[_Found]:
        images = [_reduce(page.image_HW3, long_side) for page in pages]
        all_found: dict[int, _Found] = {}
        for group in group_by_shape([image.shape[:2] for image in images]):
            maps = self._forward([images[i] for i in group])
            for position, i in enumerate(group):
                scale = images[i].shape[0] / pages[i].height, images[i].shape[1] / pages[i].width
                all_found[i] = self._decode(maps, position, images[i].shape[:2], scale)
        return [all_found[i] for i in range(len(pages))]

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
    ) -> _Found:
        """Decode one page of a batch; what lies in the padding or is there twice is dropped."""
        heatmap = maps.heatmap_BHW[position].float().sigmoid()
        peaks = heatmap_to_peaks(heatmap, PEAK_FLOOR)
        character_size = self.detector.configuration.character_size
        boxes = peaks_to_boxes(peaks, maps.log_size_B2HW[position].float(), character_size)
        centers = boxes[:, :2] + boxes[:, 2:] / 2
        on_page = (centers[:, 0] < shape[1]) & (centers[:, 1] < shape[0])
        boxes, scores = boxes[on_page], peaks.scores_N[on_page]
        if len(boxes) == 0:
            return _Found(boxes, scores, boxes.new_zeros((0, self.characters.reject_class)))
        probabilities = self._classify(maps, position, boxes)
        accepted = 1 - probabilities[:, self.characters.reject_class]
        presence = scores * accepted
        kept = without_duplicates(boxes, presence)
        named = probabilities[kept, : self.characters.reject_class] / accepted[kept, None]
        frame = boxes.new_tensor([scale[1], scale[0], scale[1], scale[0]])
        return _Found(boxes[kept] / frame, presence[kept], named)

    def _classify(self, maps: Maps, position: int, boxes: Tensor) -> Tensor:
        pages = torch.full((len(boxes),), position, device=boxes.device)
        with autocast(self.device, self.precision):
            logits = self.detector.classify(maps, boxes, pages)
        return logits.float().softmax(1)

    def _reading(self, found: _Found) -> PageReading:
        """Keep what is likely enough, in reading order."""
        kept = found.presence_N > self.threshold
        if not kept.any():
            return PageReading.empty(ALTERNATIVES)
        named, boxes = found.named_NC[kept], found.boxes_N4[kept].cpu().numpy()
        best, classes = named.topk(min(ALTERNATIVES, named.shape[1]), dim=1)
        order = reading_order(boxes)
        return PageReading(
            boxes_N4=boxes[order],
            scores_N=(found.presence_N[kept] * best[:, 0]).cpu().numpy()[order],
            codepoints_NK=self.characters.codepoints_of(classes.cpu().numpy())[order],
            probabilities_NK=best.cpu().numpy()[order],
        )


def sides_to_try(page: Page) -> tuple[int, ...]:
    """The long sides at which a page is worth reading; nothing is enlarged.

    A page smaller than a candidate was tried at its own size with the candidate before.
    """
    longer = max(page.image_HW3.shape[:2])
    smaller = zip(CANDIDATE_SIDES[1:], CANDIDATE_SIDES, strict=False)
    return CANDIDATE_SIDES[0], *(side for side, before in smaller if longer > before)


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


def _reduce(image: ImageArray, long_side: int) -> ImageArray:
    height, width = image.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _pad(image: ImageArray, height: int, width: int) -> ImageArray:
    rows, columns = height - image.shape[0], width - image.shape[1]
    return cv2.copyMakeBorder(image, 0, rows, 0, columns, cv2.BORDER_REPLICATE)  # type: ignore[return-value]
