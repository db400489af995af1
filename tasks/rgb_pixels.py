"""From every pixel format that scanners produce to upright 8-bit RGB."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.characters import ImageArray

_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
_WHITE = (255, 255, 255, 255)


def image_to_rgb(image: Image.Image) -> ImageArray:
    """Convert a loaded image to uint8 RGB: transparency on white, deep grey scaled to 8 bits.

    Raises:
        ValueError: if Pillow knows no way from this mode to RGB.
    """
    if image.mode in _DEEP_MODES:
        return np.repeat(_deep_to_grey(np.asarray(image))[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, _WHITE)
        paper.alpha_composite(image.convert("RGBA"))
        image = paper
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def image_to_red(image: Image.Image) -> ImageArray:
    """Convert a loaded image to the red channel of uint8 RGB, HW1.

    Raises:
        ValueError: as `image_to_rgb`.
    """
    if image.mode == "RGB" and not image.has_transparency_data:
        return np.array(image.getchannel("R"))[:, :, None]
    return image_to_rgb(image)[:, :, :1]


def turn_upright(image_HW3: ImageArray, orientation: int) -> ImageArray:
    """Undo a camera's rotation and mirroring.

    Args:
        image_HW3: the stored pixels.
        orientation: EXIF tag 0x0112; values other than 2 to 8 change nothing.
    """
    match orientation:
        case 2:
            turned = image_HW3[:, ::-1]
        case 3:
            turned = image_HW3[::-1, ::-1]
        case 4:
            turned = image_HW3[::-1]
        case 5:
            turned = image_HW3.swapaxes(0, 1)
        case 6:
            turned = image_HW3[::-1].swapaxes(0, 1)
        case 7:
            turned = image_HW3[::-1, ::-1].swapaxes(0, 1)
        case 8:
            turned = image_HW3[:, ::-1].swapaxes(0, 1)
        case _:
            turned = image_HW3
    return np.ascontiguousarray(turned)


def _deep_to_grey(values_HW: npt.NDArray[np.generic]) -> ImageArray:
    """Scale by the scanner's full range, guessed as the smallest usual one that holds the page.

    65535 / 255 = 257 exactly; a 12-bit scanner's file would be nearly black under that rule.
    """
    values = np.nan_to_num(values_HW.astype(np.float32), posinf=0, neginf=0)
    ranges = (4095, 65535) if values_HW.dtype.itemsize == 2 else (1, 255, 4095, 65535)  # noqa: PLR2004 - bytes of 16 bits
    brightest = float(values.max())
    full = next((top for top in ranges if brightest <= top), brightest)
    grey: npt.NDArray[np.uint8] = np.rint(values * (255 / full)).clip(0, 255).astype(np.uint8)
    return grey
