"""What the reader is trained to minimise.

Shapes: B batch, H W heat-map rows and columns, N characters, R rejected boxes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model.decode import heatmap_to_peaks, peaks_to_boxes
from model.detector import CharacterDetector, Maps
from model.heatmap import boxes_to_heatmap, center_cells

SIZE_WEIGHT = 0.5
CLASS_WEIGHT = 1.0
LABEL_SMOOTHING = 0.05
BOX_JITTER = 0.08  # share of the side: what predicted boxes are off by
REJECTS_PER_IMAGE = 12  # false peaks shown to the class head, per image and step
REJECT_SCORE = 0.1  # peaks below would not be read anyway


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Training crops as tensors.

    Attributes:
        image_BCHW: uint8 crops.
        boxes_N4: float32 boxes (x, y, width, height) in crop pixels, of all crops.
        classes_N: int64 class numbers.
        pages_N: int64 index of the crop that each box belongs to.
    """

    image_BCHW: Tensor
    boxes_N4: Tensor
    classes_N: Tensor
    pages_N: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Copy the batch to a device."""
        return Batch(
            self.image_BCHW.to(device, non_blocking=True),
            self.boxes_N4.to(device, non_blocking=True),
            self.classes_N.to(device, non_blocking=True),
            self.pages_N.to(device, non_blocking=True),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """The terms of the loss, scalars; ``accuracy`` is the share of true boxes named right."""

    heatmap: Tensor
    size: Tensor
    classes: Tensor
    accuracy: Tensor

    @property
    def total(self) -> Tensor:
        """The weighted sum that is minimised."""
        return self.heatmap + SIZE_WEIGHT * self.size + CLASS_WEIGHT * self.classes


def focal_loss(logits_BHW: Tensor, targets_BHW: Tensor) -> Tensor:
    """Penalty-reduced focal loss of CenterNet (Zhou et al. 2019, equation 1), per character."""
    positive = targets_BHW >= 1
    probability = logits_BHW.sigmoid()
    missed = (1 - probability) ** 2 * functional.logsigmoid(logits_BHW) * positive
    false = probability**2 * functional.logsigmoid(-logits_BHW) * (1 - targets_BHW) ** 4
    return -(missed + false * ~positive).sum() / positive.sum().clamp(min=1)


def size_loss(maps: Maps, boxes_N4: Tensor, pages_N: Tensor, character_size: float) -> Tensor:
    """Smooth L1 loss of the logarithmic sizes, read in the 3 x 3 cells around each centre."""
    height, width = maps.log_size_B2HW.shape[-2:]
    offsets = torch.tensor([-1, 0, 1], device=boxes_N4.device)
    cells_N2 = center_cells(boxes_N4)
    columns_N13 = (cells_N2[:, 0, None] + offsets).clamp(0, width - 1)[:, None, :]
    rows_N31 = (cells_N2[:, 1, None] + offsets).clamp(0, height - 1)[:, :, None]
    predicted_N332 = maps.log_size_B2HW.permute(0, 2, 3, 1)[
        pages_N[:, None, None], rows_N31, columns_N13
    ]
    target_N112 = (boxes_N4[:, None, None, 2:] / character_size).clamp(min=0.02).log()
    loss = functional.smooth_l1_loss(
        predicted_N332.float(), target_N112.expand_as(predicted_N332), beta=0.1, reduction="sum"
    )
    return loss / max(1, 18 * len(boxes_N4))


def jitter_boxes(boxes_N4: Tensor) -> Tensor:
    """Move and resize boxes at random, as predicted boxes are moved and resized."""
    noise_N4 = (torch.rand_like(boxes_N4) * 2 - 1) * BOX_JITTER
    sides_N2 = boxes_N4[:, 2:]
    corners_N2 = boxes_N4[:, :2] + noise_N4[:, :2] * sides_N2
    return torch.cat([corners_N2, sides_N2 * (1 + noise_N4[:, 2:])], 1)


@torch.no_grad()
def false_peaks(maps: Maps, batch: Batch, character_size: float) -> tuple[Tensor, Tensor]:
    """Collect the boxes that the heat map proposes where no true box has its centre nearby.

    Returns:
        Boxes R4 in input pixels and their index in the batch, R.
    """
    boxes, pages = [], []
    for page in range(len(batch.image_BCHW)):
        peaks = heatmap_to_peaks(
            maps.heatmap_BHW[page].sigmoid().float(), REJECT_SCORE, 16 * REJECTS_PER_IMAGE
        )
        proposed_R4 = peaks_to_boxes(peaks, maps.log_size_B2HW[page].float(), character_size)
        centers_R2 = proposed_R4[:, :2] + proposed_R4[:, 2:] / 2
        true_N4 = batch.boxes_N4[batch.pages_N == page]
        from_center_RN2 = (centers_R2[:, None] - true_N4[:, :2] - true_N4[:, 2:] / 2).abs()
        inside_R = (from_center_RN2 < true_N4[:, 2:] / 2).all(2).any(1)
        rejected = proposed_R4[~inside_R][:REJECTS_PER_IMAGE]
        boxes.append(rejected)
        pages.append(torch.full((len(rejected),), page, device=rejected.device))
    return torch.cat(boxes), torch.cat(pages)


def training_losses(detector: CharacterDetector, batch: Batch, reject_class: int) -> Losses:
    """Run the network on a batch and compare with its labels.

    Boxes whose class is -1 (a character that the class list lacks) train the heat map and the
    size but not the classes.
    """
    character_size = detector.configuration.character_size
    maps = detector(batch.image_BCHW)
    logits_BHW = maps.heatmap_BHW.float()
    shape = (logits_BHW.shape[0], logits_BHW.shape[1], logits_BHW.shape[2])
    targets_BHW = boxes_to_heatmap(batch.boxes_N4, batch.pages_N, shape)
    known_N = batch.classes_N >= 0
    rejected_R4, rejected_pages_R = false_peaks(maps, batch, character_size)
    boxes = torch.cat([jitter_boxes(batch.boxes_N4[known_N]), rejected_R4])
    pages = torch.cat([batch.pages_N[known_N], rejected_pages_R])
    classes = torch.cat([batch.classes_N[known_N], torch.full_like(rejected_pages_R, reject_class)])
    logits = detector.classify(maps, boxes, pages).float()
    class_loss = functional.cross_entropy(
        logits, classes, label_smoothing=LABEL_SMOOTHING, reduction="sum"
    ) / max(1, len(classes))
    true = int(known_N.sum())
    hits = (logits[:true].argmax(1) == classes[:true]).float().sum()
    return Losses(
        heatmap=focal_loss(logits_BHW, targets_BHW),
        size=size_loss(maps, batch.boxes_N4, batch.pages_N, character_size),
        classes=class_loss,
        accuracy=hits / max(1, true),
    )
