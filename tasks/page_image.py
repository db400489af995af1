"""From the bytes of a scan to an upright RGB image, bounded before anything is decoded."""

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from model.characters import ImageArray

PageErrorKind = Literal["empty", "not-an-image", "unsupported", "truncated", "too-large"]

DEFAULT_MAX_PIXELS = 200_000_000
# Pillow warns at 89 million pixels; ours is the tighter check, and made before it opens anything.
Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, DEFAULT_MAX_PIXELS)

# The classes are called directly: Image.open would try fifty formats on hostile bytes.
_READERS: tuple[tuple[bytes, type[ImageFile.ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"II*\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0*", TiffImagePlugin.TiffImageFile),
    (b"II+\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0+", TiffImagePlugin.TiffImageFile),
)
_OTHER_FORMATS = {
    b"%PDF": "PDF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
}
_ORIENTATION_TAG = 0x0112  # EXIF; 5 to 8 exchange width and height
_DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


class PageError(ValueError):
    """These bytes are no page that can be read.

    Attributes:
        kind: what is wrong, for counting.
    """

    def __init__(self, kind: PageErrorKind, message: str) -> None:
        super().__init__(kind, message)
        self.kind: PageErrorKind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """A decoded page, perhaps reduced.

    Attributes:
        image_HW3: uint8 RGB, upright.
        page_height: height of the upright, full-size page in pixels.
        page_width: its width.
    """

    image_HW3: ImageArray
    page_height: int
    page_width: int


def decode_page(
    data: bytes, *, max_pixels: int = DEFAULT_MAX_PIXELS, max_long_side: int | None = None
) -> PageImage:
    """Decode a JPEG, PNG, TIFF or WebP to upright RGB.

    EXIF orientation is applied, transparency is put on white, 16-bit values are scaled (not
    clipped) to 8, CMYK and palettes are resolved. Of several pages or frames the first is taken.

    Args:
        data: the file's bytes.
        max_pixels: largest width x height accepted, checked on the header before decoding.
        max_long_side: reduce the image, aspect kept, so that neither side is longer; a JPEG is
            then decoded at an eighth, a quarter or half of its size where that suffices.

    Raises:
        PageError: if the bytes are none of these formats, end early, or are too many pixels.
    """
    image = _open(data, max_pixels)
    try:
        orientation = _orientation(image)
        size = image.size
        if max_long_side is not None and max(size) > max_long_side:
            size = _fit(size, max_long_side)
        full_size = image.size
        image.draft(None, size)
        image.load()
        pixels_HW3 = _resized(_to_rgb(image), size)
    except MemoryError as error:
        raise PageError("too-large", "the page does not fit into memory; reduce it") from error
    except _UnsupportedModeError as error:
        raise PageError("unsupported", f"images of mode {error} cannot be read") from error
    except Exception as error:
        raise PageError(
            "truncated", "the image data ends early or is damaged; copy the file again"
        ) from error
    upright_HW3 = _turned_upright(pixels_HW3, orientation)
    width, height = full_size if orientation < 5 else full_size[::-1]  # noqa: PLR2004 - see the tag
    return PageImage(upright_HW3, height, width)
