"""Training crops from whole labelled pages.

Shapes: H W rows and columns of an image, N characters.
"""

import cv2
import numpy as np
import numpy.typing as npt

from model.characters import (
    IGNORED_CODEPOINT,
    FloatArray,
    ImageArray,
    LabelledImage,
    Labels,
)

MatrixArray = npt.NDArray[np.float64]
SMALLEST_VISIBLE_SHARE = 0.6  # of a box's area inside the crop; less and it is not labelled
SCALE_RANGE = (0.7, 1.5)
# Another hand writes wider or taller, and leans: the pages of few books stand for many hands.
STRETCH = 0.3  # of the ratio of width and height, as its logarithm, to either side
SLANT = 0.15  # horizontally, as a tangent
RISE = 0.05  # vertically
FALLBACK_SCALE = 0.25  # for blank pages, where no character tells the scale


def visible_labels(labels: Labels, width: int, height: int) -> Labels:
    """Keep the boxes that lie mostly inside an image, clipped to it.

    Of an ignored region every visible part is kept: nobody knows what it holds.
    """
    boxes = labels.boxes_N4
    low = np.maximum(boxes[:, :2], 0)
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], [width, height])
    sides = np.maximum(high - low, 0)
    area = np.maximum(boxes[:, 2] * boxes[:, 3], 1e-6)
    least = np.where(labels.codepoints_N == IGNORED_CODEPOINT, 0, SMALLEST_VISIBLE_SHARE)
    kept = sides.prod(1) / area > least
    clipped = np.concatenate([low, sides], 1)[kept].astype(np.float32)
    return Labels(clipped, labels.codepoints_N[kept])


def crop_page(
    page: LabelledImage, rng: np.random.Generator, size: int, character_size: float
) -> LabelledImage:
    """Cut a square out of a page at random place, scale, small rotation, stretch and slant.

    Args:
        page: the page with its labels.
        rng: source of all randomness.
        size: side of the crop in pixels.
        character_size: median side in pixels that the characters get, times 0.7 to 1.5.
    """
    height, width = page.image_HW3.shape[:2]
    boxes = page.labels.boxes_N4
    written = boxes[page.labels.codepoints_N != IGNORED_CODEPOINT]  # a region has no character size
    if len(written):
        scale = character_size / float(np.median(written[:, 2:].max(1)))
        x, y, box_width, box_height = written[rng.integers(len(written))]
        center = np.array([x + box_width / 2, y + box_height / 2])
    else:
        scale = FALLBACK_SCALE
        center = rng.uniform(0, 1, 2) * (width, height)
    scale *= np.exp(rng.uniform(*np.log(SCALE_RANGE)))
    angle = rng.uniform(-3, 3)
    middle = (float(center[0]), float(center[1]))
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, angle, scale), np.float64)
    matrix[:, :2] = matrix[:, :2] @ _other_hand(rng)
    matrix[:, 2] = size * rng.uniform(0.2, 0.8, 2) - matrix[:, :2] @ center
    image = _warp(page.image_HW3, matrix, size)
    moved = Labels(_move_boxes(boxes, matrix), page.labels.codepoints_N)
    return LabelledImage(image, visible_labels(moved, size, size))


def _other_hand(rng: np.random.Generator) -> MatrixArray:
    """Draw a stretch and a slant that keep areas."""
    width = np.exp(rng.uniform(-STRETCH, STRETCH) / 2)
    slant, rise = rng.uniform(-SLANT, SLANT), rng.uniform(-RISE, RISE)
    matrix = np.array([[width, slant], [rise, 1 / width]])
    return np.asarray(matrix / np.sqrt(np.linalg.det(matrix)), np.float64)


def _warp(image: ImageArray, matrix: MatrixArray, size: int) -> ImageArray:
    """Warp the part of the page that the crop shows; beyond the page its margin goes on.

    Where the image shrinks it is smoothed first, so that thin strokes do not alias.
    """
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    sigma = 0.4 / scale if scale < 1 else 0.0
    left, top, right, bottom = _seen(matrix, size, image.shape, margin=4 * sigma + 2)
    part = image[top:bottom, left:right]
    if sigma:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), sigma), np.uint8)
    moved = matrix.copy()
    # OpenCV counts from the middle of the first pixel, the matrix from its corner.
    moved[:, 2] += matrix[:, :2] @ (left + 0.5, top + 0.5) - 0.5
    warped = cv2.warpAffine(part, moved, (size, size), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _seen(
    matrix: MatrixArray, size: int, shape: tuple[int, ...], margin: float
) -> tuple[int, int, int, int]:
    """Which part of the page (left, top, right, bottom) a crop shows, at least one pixel."""
    corners = np.array([(0, 0), (size, 0), (0, size), (size, size)], float)
    on_page = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    limit = np.array([shape[1], shape[0]])
    low = np.clip(np.floor(on_page.min(0) - margin), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(on_page.max(0) + margin), low + 1, limit).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _move_boxes(boxes: FloatArray, matrix: MatrixArray) -> FloatArray:
    """Transform the centres; the sides stretch, without the widening by rotation and slant."""
    centers = boxes[:, :2] + boxes[:, 2:] / 2
    moved = centers @ matrix[:, :2].T + matrix[:, 2]
    width = np.linalg.norm(matrix[:, 0])
    sides = boxes[:, 2:] * (width, np.linalg.det(matrix[:, :2]) / width)
    return np.concatenate([moved - sides / 2, sides], 1).astype(np.float32)
