"""What the reader is trained to minimise.

Shapes: B batch, H W heat-map rows and columns, N characters, R rejected boxes, K window cells.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from model.batch import IGNORED_CLASS, UNKNOWN_CLASS, Batch
from model.decode import heatmap_to_peaks, peaks_to_boxes
from model.detector import CharacterDetector, Maps
from model.heatmap import boxes_to_heatmap, boxes_to_mask, center_cells
from model.heatmap_loss import heatmap_loss
from model.loss_configuration import LossConfiguration

# What predicted boxes are off by, as standard deviations: of the centre's x and y in sides, of the
# logarithm of width and height. Measured with the built-in model on the demo archive, by hand.
BOX_ERRORS = (0.05, 0.08, 0.13, 0.16)
LARGEST_BOX_ERROR = 0.5
REJECT_SCORE = 0.1  # peaks below would not be read anyway


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """The terms of the loss, scalars.

    Attributes:
        heatmap: of the centre heat map, per character.
        size: of the logarithmic box sides.
        classes: of the classes, per character or rejected peak.
        accuracy: share of the true boxes that are named right.
        total: the weighted sum that is minimised.
    """

    heatmap: Tensor
    size: Tensor
    classes: Tensor
    accuracy: Tensor
    total: Tensor


def size_loss(maps: Maps, batch: Batch, character_size: float, window: int) -> Tensor:
    """Smooth L1 loss of the logarithmic sizes, read in ``window`` x ``window`` cells per centre."""
    height, width = maps.log_size_B2HW.shape[-2:]
    offsets_K = torch.arange(window, device=batch.boxes_N4.device) - window // 2
    cells_N2 = center_cells(batch.boxes_N4)
    columns_N1K = (cells_N2[:, 0, None] + offsets_K).clamp(0, width - 1)[:, None, :]
    rows_NK1 = (cells_N2[:, 1, None] + offsets_K).clamp(0, height - 1)[:, :, None]
    predicted_NKK2 = maps.log_size_B2HW.permute(0, 2, 3, 1)[
        batch.pages_N[:, None, None], rows_NK1, columns_N1K
    ]
    target_N112 = (batch.boxes_N4[:, None, None, 2:] / character_size).clamp(min=0.02).log()
    loss = functional.smooth_l1_loss(
        predicted_NKK2.float(), target_N112.expand_as(predicted_NKK2), beta=0.1, reduction="sum"
    )
    return loss / max(1, predicted_NKK2.numel())


def jitter_boxes(boxes_N4: Tensor) -> Tensor:
    """Move and resize boxes at random, as predicted boxes are moved and resized."""
    noise_N4 = torch.randn_like(boxes_N4) * boxes_N4.new_tensor(BOX_ERRORS)
    noise_N4 = noise_N4.clamp(-LARGEST_BOX_ERROR, LARGEST_BOX_ERROR)
    sides_N2 = boxes_N4[:, 2:]
    centers_N2 = boxes_N4[:, :2] + sides_N2 * (0.5 + noise_N4[:, :2])
    jittered_N2 = sides_N2 * noise_N4[:, 2:].exp()
    return torch.cat([centers_N2 - jittered_N2 / 2, jittered_N2], 1)


@torch.no_grad()
def false_peaks(
    maps: Maps, batch: Batch, character_size: float, per_image: int
) -> tuple[Tensor, Tensor]:
    """Collect the boxes that the heat map proposes where no labelled box has its centre nearby.

    Args:
        maps: the network's outputs.
        batch: crops and boxes; in the ignored ones too nothing counts as false.
        character_size: unit of the size map, in pixels.
        per_image: at most so many of each crop, the best.

    Returns:
        Boxes R4 in input pixels and their index in the batch, R.
    """
    boxes = [batch.boxes_N4.new_zeros((0, 4))]
    pages = [batch.pages_N.new_zeros(0)]
    for page in range(len(batch.image_BCHW) if per_image else 0):
        peaks = heatmap_to_peaks(
            maps.heatmap_BHW[page].sigmoid().float(), REJECT_SCORE, 16 * per_image
        )
        proposed_R4 = peaks_to_boxes(peaks, maps.log_size_B2HW[page].float(), character_size)
        centers_R2 = proposed_R4[:, :2] + proposed_R4[:, 2:] / 2
        true_N4 = batch.boxes_N4[batch.pages_N == page]
        from_center_RN2 = (centers_R2[:, None] - true_N4[:, :2] - true_N4[:, 2:] / 2).abs()
        inside_R = (from_center_RN2 < true_N4[:, 2:] / 2).all(2).any(1)
        rejected = proposed_R4[~inside_R][:per_image]
        boxes.append(rejected)
        pages.append(torch.full((len(rejected),), page, device=rejected.device))
    return torch.cat(boxes), torch.cat(pages)


def class_loss(
    detector: CharacterDetector,
    maps: Maps,
    batch: Batch,
    reject_class: int,
    configuration: LossConfiguration,
) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the named boxes and of false peaks, and the share of boxes named right."""
    size = detector.configuration.character_size
    named = batch.where(batch.classes_N > UNKNOWN_CLASS)
    rejected_R4, pages_R = false_peaks(maps, batch, size, configuration.rejects_per_image)
    boxes = torch.cat([jitter_boxes(named.boxes_N4), rejected_R4])
    pages = torch.cat([named.pages_N, pages_R])
    classes = torch.cat([named.classes_N, torch.full_like(pages_R, reject_class)])
    logits = detector.classify(maps.features_BCHW, boxes, pages).float()
    loss = functional.cross_entropy(
        logits, classes, label_smoothing=configuration.label_smoothing, reduction="sum"
    )
    true = len(named.classes_N)
    hits = (logits[:true].argmax(1) == classes[:true]).float().sum()
    return loss / max(1, len(classes)), hits / max(1, true)


def training_losses(
    detector: CharacterDetector,
    batch: Batch,
    reject_class: int,
    configuration: LossConfiguration,
) -> Losses:
    """Run the network on a batch and compare with its labels.

    Boxes of ``UNKNOWN_CLASS`` train the heat map and the size but not the classes; what lies in
    boxes of ``IGNORED_CLASS`` trains nothing.
    """
    maps = detector(batch.image_BCHW)
    logits_BHW = maps.heatmap_BHW.float()
    shape = (logits_BHW.shape[0], logits_BHW.shape[1], logits_BHW.shape[2])
    labelled = batch.where(batch.classes_N != IGNORED_CLASS)
    ignored = batch.where(batch.classes_N == IGNORED_CLASS)
    targets_BHW = boxes_to_heatmap(
        labelled.boxes_N4, labelled.pages_N, shape, configuration.heatmap_target
    )
    # A labelled centre counts, whatever unknown region it lies in.
    ignored_BHW = boxes_to_mask(ignored.boxes_N4, ignored.pages_N, shape) & (targets_BHW < 1)
    heatmap = heatmap_loss(logits_BHW, targets_BHW, ignored_BHW, configuration.heatmap_loss)
    size = size_loss(
        maps, labelled, detector.configuration.character_size, configuration.size_window
    )
    classes, accuracy = class_loss(detector, maps, batch, reject_class, configuration)
    total = heatmap + configuration.size_weight * size + configuration.class_weight * classes
    return Losses(heatmap, size, classes, accuracy, total)
