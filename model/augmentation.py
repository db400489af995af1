"""Makes one crop into many: bent, thickened, blurred, faded, stamped, partly hidden.

Shapes: H W rows and columns of a crop, N characters, P points.
"""

import cv2
import numpy as np
import numpy.typing as npt

from model.characters import FloatArray, ImageArray, LabelledImage, Labels
from model.synthesis.damage import stamp_seal
from model.synthesis.noise import chance

BEND_SHARE = 0.5
BRUSH_SHARE = 0.4
FADE_SHARE = 0.12
BLUR_SHARE = 0.2
NOISE_SHARE = 0.2
ERASE_SHARE = 0.12
SEAL_SHARE = 0.08
ELASTIC_REACH = 0.12  # largest standard deviation of the bending, in character sizes
ELASTIC_GRID = (3, 9)  # knots per side: few bend columns, many bend single characters
KEYSTONE = 0.02  # largest shift of a corner by perspective, in sides of the crop
THICKER, THINNER = 1.0, 0.6  # largest share of an image whose strokes are a pixel wider or narrower
HIDDEN = 0.5  # a character of which more is erased is not there to read

FieldArray = npt.NDArray[np.float32]


def augment_crop(
    crop: LabelledImage, rng: np.random.Generator, character_size: float
) -> LabelledImage:
    """Bend a crop and degrade it at random; boxes follow.

    Args:
        crop: the crop with its labels; left as it is.
        rng: source of chance; the same state gives the same crop.
        character_size: usual side of a character in pixels.
    """
    image, labels = crop.image_HW3.copy(), crop.labels
    if chance(rng, SEAL_SHARE):
        stamp_seal(image, rng, character_size)
    if chance(rng, ERASE_SHARE):
        labels = _erase(image, labels, rng, character_size)
    if chance(rng, BEND_SHARE):
        image, labels = _bend(image, labels, rng, character_size)
    if chance(rng, FADE_SHARE):
        image = _equalise(image, rng)
    if chance(rng, BRUSH_SHARE):
        image = _other_brush(image, rng)
    if chance(rng, BLUR_SHARE):
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0)), np.uint8)
    if chance(rng, NOISE_SHARE):
        noise = rng.normal(0, rng.uniform(1, 8), image.shape[:2])[:, :, None]
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    return LabelledImage(image, labels)


def _bend(
    image_HW3: ImageArray, labels: Labels, rng: np.random.Generator, character_size: float
) -> tuple[ImageArray, Labels]:
    """Warp by an elastic field and a slight perspective."""
    height, width = image_HW3.shape[:2]
    shift_HW2 = _elastic_field(rng, height, width, character_size) + _keystone(rng, height, width)
    columns_W, rows_H = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    map_x = shift_HW2[:, :, 0] + columns_W[None]
    map_y = shift_HW2[:, :, 1] + rows_H[:, None]
    bent = cv2.remap(image_HW3, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    moved_N4 = _moved_boxes(labels.boxes_N4, shift_HW2)
    return np.asarray(bent, np.uint8), Labels(moved_N4, labels.codepoints_N)


def _elastic_field(
    rng: np.random.Generator, height: int, width: int, character_size: float
) -> FieldArray:
    knots = int(rng.integers(*ELASTIC_GRID, endpoint=True))
    reach = rng.uniform(0.2, 1) * ELASTIC_REACH * character_size
    coarse = rng.normal(0, reach, (knots, knots, 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def _keystone(rng: np.random.Generator, height: int, width: int) -> FieldArray:
    """Shift the four corners apart; between them the shift is bilinear."""
    corners_222 = rng.uniform(-KEYSTONE, KEYSTONE, (2, 2, 2)) * (width, height)
    x_W, y_H = np.linspace(0, 1, width), np.linspace(0, 1, height)
    weights_x_2W, weights_y_2H = np.stack([1 - x_W, x_W]), np.stack([1 - y_H, y_H])
    field = np.einsum("yh,xw,yxc->hwc", weights_y_2H, weights_x_2W, corners_222)
    return np.asarray(field, np.float32)


def _moved_boxes(boxes_N4: FloatArray, shift_HW2: FieldArray) -> FloatArray:
    """Follow the middles of the sides: ink touches its box there more often than in a corner."""
    low_N2, sides_N2 = boxes_N4[:, :2], boxes_N4[:, 2:]
    left_N2, top_N2, right_N2, bottom_N2 = (
        _moved(low_N2 + sides_N2 * np.array(place, np.float32), shift_HW2)
        for place in ((0, 0.5), (0.5, 0), (1, 0.5), (0.5, 1))
    )
    low_N2 = np.stack([left_N2[:, 0], top_N2[:, 1]], 1)
    high_N2 = np.stack([right_N2[:, 0], bottom_N2[:, 1]], 1)
    return np.concatenate([low_N2, np.maximum(high_N2 - low_N2, 1)], 1).astype(np.float32)


def _moved(points_P2: FloatArray, shift_HW2: FieldArray) -> FloatArray:
    """Find where points of the old image lie in the new one, which looks ``shift`` away."""
    limit = np.array([shift_HW2.shape[1] - 1, shift_HW2.shape[0] - 1])
    moved_P2 = points_P2
    for _ in range(6):  # p + shift(p) = old: a contraction, since the field is smooth
        cells = np.clip(moved_P2.round(), 0, limit).astype(int)
        moved_P2 = points_P2 - shift_HW2[cells[:, 1], cells[:, 0]]
    return moved_P2


def _other_brush(image_HW3: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Thicken or thin dark strokes by up to a pixel on either side."""
    thicken = chance(rng, 0.5)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    moved_HW3 = (cv2.erode if thicken else cv2.dilate)(image_HW3, cross)
    share = float(rng.uniform(0.2, THICKER if thicken else THINNER))
    return np.asarray(cv2.addWeighted(moved_HW3, share, image_HW3, 1 - share, 0), np.uint8)


def _equalise(image_HW3: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Stretch the contrast place by place, as some libraries treat their scans (CLAHE)."""
    equaliser = cv2.createCLAHE(clipLimit=float(rng.uniform(1, 3)), tileGridSize=(4, 4))
    lab_HW3 = cv2.cvtColor(image_HW3, cv2.COLOR_RGB2LAB)
    lab_HW3[:, :, 0] = equaliser.apply(lab_HW3[:, :, 0])
    return np.asarray(cv2.cvtColor(lab_HW3, cv2.COLOR_LAB2RGB), np.uint8)


def _erase(
    image_HW3: ImageArray, labels: Labels, rng: np.random.Generator, character_size: float
) -> Labels:
    """Paste patches of bare paper over the crop, in place; drop the characters below them."""
    height, width = image_HW3.shape[:2]
    hidden_HW = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        sides = np.minimum(rng.uniform(0.5, 2.5, 2) * character_size, (width, height))
        x, y = (rng.uniform(0, 1, 2) * ((width, height) - sides)).astype(int)
        right, bottom = x + int(sides[0]), y + int(sides[1])
        patch = image_HW3[y:bottom, x:right]
        patch[:] = np.percentile(patch, 90, axis=(0, 1)).astype(np.uint8)
        hidden_HW[y:bottom, x:right] = 1
    kept_N = _hidden_share(labels.boxes_N4, hidden_HW) < HIDDEN
    return Labels(labels.boxes_N4[kept_N], labels.codepoints_N[kept_N])


def _hidden_share(boxes_N4: FloatArray, hidden_HW: ImageArray) -> FloatArray:
    """Measure how much of each box all patches together hide; one alone may hide too little."""
    hidden_above_left = cv2.integral(hidden_HW)
    edges_N4 = np.concatenate([boxes_N4[:, :2], boxes_N4[:, :2] + boxes_N4[:, 2:]], 1).round()
    limits = (hidden_HW.shape[1], hidden_HW.shape[0])
    left, top, right, bottom = np.clip(edges_N4, 0, limits * 2).astype(int).T
    right_N, left_N = (
        hidden_above_left[bottom, x] - hidden_above_left[top, x] for x in (right, left)
    )
    share_N: FloatArray = (right_N - left_N) / np.maximum((right - left) * (bottom - top), 1)
    return share_N
