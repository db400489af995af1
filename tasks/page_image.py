"""From the bytes of a scan to an upright RGB image, bounded before anything is decoded."""

import logging
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from model.characters import ImageArray
from model.page import Page
from model.reduction import reduce_to, reduced_size
from tasks.rgb_pixels import image_to_red, image_to_rgb, turn_upright

PageErrorKind = Literal["empty", "not-an-image", "unsupported", "truncated", "too-large"]

DEFAULT_MAX_PIXELS = 200_000_000
# Pillow would warn at 89 million pixels; the check below comes earlier and allows large spreads.
Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, DEFAULT_MAX_PIXELS)
# Its remarks on odd tags name no page. Set once: catch_warnings is not safe among threads.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

# These classes are called directly: Image.open would try fifty formats on hostile bytes.
_READERS: tuple[tuple[bytes, type[ImageFile.ImageFile]], ...] = (
    (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"II*\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0*", TiffImagePlugin.TiffImageFile),
    (b"II+\0", TiffImagePlugin.TiffImageFile),
    (b"MM\0+", TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
)
_OTHER_FORMATS = (
    (b"%PDF", "PDF"),
    (b"GIF8", "GIF"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
)
_ORIENTATION = 0x0112  # EXIF tag; its values 5 to 8 exchange width and height
_EXCHANGED = range(5, 9)


class PageError(ValueError):
    """These bytes are no page that can be read.

    Attributes:
        kind: what is wrong, for counting.
    """

    def __init__(self, kind: PageErrorKind, message: str) -> None:
        super().__init__(kind, message)
        self.kind: PageErrorKind = kind

    def __str__(self) -> str:
        return str(self.args[1])


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """A decoded page, perhaps reduced.

    Attributes:
        image_HW3: uint8 RGB, upright; HW1, the red channel, if that alone was asked for.
        page_height: height of the upright, full-size page in pixels.
        page_width: its width.
    """

    image_HW3: ImageArray
    page_height: int
    page_width: int

    def to_page(self) -> Page:
        """Return the page as the reader takes it."""
        return Page(self.image_HW3, self.page_width, self.page_height)


def decode_page(
    data: bytes,
    *,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    max_long_side: int | None = None,
    channels: int = 3,
) -> PageImage:
    """Decode a JPEG, PNG, TIFF or WebP to upright RGB.

    EXIF orientation is applied, transparency is put on white, 16-bit values are scaled (not
    clipped) to 8, CMYK and palettes are resolved. Of several pages or frames the first is taken.

    Args:
        data: the file's bytes.
        max_pixels: largest width x height accepted, checked on the header before decoding.
        max_long_side: reduce the image, aspect kept, so that neither side is longer; a JPEG is
            then decoded at an eighth, a quarter or half of its size where that suffices.
        channels: 3, or 1 for the red one alone: all that a network of one channel takes.

    Raises:
        PageError: if the bytes are none of these formats, end early, or are too many pixels.
    """
    image = _open(data)
    _check_pixels(image, max_pixels)
    width, height = image.size
    size = reduced_size(image.size, max_long_side or max(image.size))
    _load(image, size)
    try:
        pixels_HWC = image_to_red(image) if channels == 1 else image_to_rgb(image)
        image_HWC = reduce_to(pixels_HWC, size)
    except MemoryError as error:
        raise _too_large_for_memory() from error
    except ValueError as error:
        raise PageError("unsupported", f"pixels of kind {image.mode} cannot be read") from error
    orientation = _orientation(image)
    if orientation in _EXCHANGED:
        width, height = height, width
    return PageImage(turn_upright(image_HWC, orientation), height, width)


def _open(data: bytes) -> ImageFile.ImageFile:
    if not data:
        raise PageError("empty", "the file has no bytes; copy it again")
    for magic, name in _OTHER_FORMATS:
        if data.startswith(magic):
            raise PageError("unsupported", f"{name} is not read; use JPEG, PNG, TIFF or WebP")
    reader = next((reader for magic, reader in _READERS if data.startswith(magic)), None)
    if reader is None:
        raise PageError("not-an-image", "the bytes are no JPEG, PNG, TIFF or WebP")
    try:
        return reader(BytesIO(data))
    except Image.DecompressionBombError as error:
        raise PageError("too-large", "the header announces too many pixels") from error
    except Exception as error:
        raise _damaged() from error


def _check_pixels(image: ImageFile.ImageFile, max_pixels: int) -> None:
    areas = [image.size]
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # a small page may claim a huge tile
        tags = image.tag_v2
        areas.append(
            (tags.get(TiffImagePlugin.TILEWIDTH, 0), tags.get(TiffImagePlugin.TILELENGTH, 0))
        )
    for width, height in areas:
        if width * height > max_pixels:
            raise PageError(
                "too-large",
                f"a page must have at most {max_pixels} pixels, got {width} x {height}; reduce it",
            )


def _load(image: ImageFile.ImageFile, size: tuple[int, int]) -> None:
    try:
        image.draft(None, size)
        image.load()
    except MemoryError as error:
        raise _too_large_for_memory() from error
    except Exception as error:
        raise _damaged() from error


def _orientation(image: ImageFile.ImageFile) -> int:
    """The EXIF orientation that loading left to do (TIFF pixels are turned while they load)."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF raises almost anything, the page is readable
        return 1


def _damaged() -> PageError:
    return PageError("truncated", "the image ends early or is damaged; copy the file again")


def _too_large_for_memory() -> PageError:
    return PageError("too-large", "the page does not fit into memory; reduce it")
