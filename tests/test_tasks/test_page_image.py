import io
import pickle
import struct
import subprocess
import sys
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFile, TiffImagePlugin

from model.characters import ImageArray
from tasks.page_image import PageError, PageImage, decode_page

# How the camera stored an upright page, by EXIF orientation.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encode(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def colourful(height: int = 64, width: int = 48) -> ImageArray:
    """Four differently coloured quarters, so that no turn or mirroring looks like another."""
    image_HW3 = np.full((height, width, 3), 255, np.uint8)
    image_HW3[: height // 2, : width // 2] = (200, 30, 30)
    image_HW3[: height // 2, width // 2 :] = (30, 160, 60)
    image_HW3[height // 2 :, : width // 2] = (20, 40, 190)
    return image_HW3


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def jpeg_header(width: int, height: int) -> bytes:
    data = encode(Image.new("L", (8, 8)), "JPEG")
    frame = data.index(b"\xff\xc0") + 5
    return data[:frame] + struct.pack(">HH", height, width) + data[frame + 4 :]


def tiff_with_tile(side: int) -> bytes:
    """An 8 x 8 grey TIFF whose only tile claims side x side pixels."""
    tags = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 277: 1, 322: side, 323: side, 324: 8, 325: 64}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4 + 64)


PNG = encode(Image.fromarray(colourful()), "PNG")
JPEG = encode(Image.fromarray(colourful()), "JPEG", quality=95)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\xff", "not-an-image"),
        ("これは本文です".encode(), "not-an-image"),
        (b"<html>404 Not Found</html>", "not-an-image"),
        (b"%PDF-1.7 ...", "unsupported"),
        (b"GIF89a...", "unsupported"),
        (PNG[:8], "truncated"),
        (PNG[: len(PNG) // 2], "truncated"),
        (JPEG[:3], "truncated"),
        (JPEG[: len(JPEG) // 2], "truncated"),
        (encode(Image.fromarray(colourful()), "WEBP")[:60], "truncated"),
        (encode(Image.fromarray(colourful()), "TIFF")[:-200], "truncated"),
        (encode(Image.fromarray(colourful()), "TIFF", compression="tiff_lzw")[:300], "truncated"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "truncated"),
    ],
)
def test_bytes_that_are_no_page_say_why(data: bytes, kind: str) -> None:
    with pytest.raises(PageError) as caught:
        decode_page(data)

    assert caught.value.kind == kind
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize(
    "bomb",
    [
        png_header(30_000, 30_000),
        jpeg_header(30_000, 30_000),
        encode(Image.new("1", (30_000, 30_000)), "TIFF", compression="group4"),
        tiff_with_tile(30_000),
    ],
    ids=["png", "jpeg", "tiff", "tile"],
)
def test_a_bomb_is_refused_before_decoding(bomb: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(_image: object) -> None:
        pytest.fail("the bomb was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", explode)
    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "load", explode)

    with pytest.raises(PageError, match="at most 200000000 pixels, got 30000 x 30000") as caught:
        decode_page(bomb)
    assert caught.value.kind == "too-large"
    assert len(bomb) < 100_000


def test_the_pixel_bound_includes_its_value() -> None:
    assert decode_page(PNG, max_pixels=48 * 64).page_width == 48
    with pytest.raises(PageError, match="at most 3071 pixels"):
        decode_page(PNG, max_pixels=48 * 64 - 1)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1)])
def test_tiny_and_black_pages_are_pages(file_format: str, size: tuple[int, int]) -> None:
    page = decode_page(encode(Image.new("RGB", size), file_format), max_long_side=512)

    assert (page.page_width, page.page_height) == size
    assert max(page.image_HW3.shape) <= 512
    assert not page.image_HW3.any()


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("max_long_side", [None, 32])
def test_every_orientation_comes_out_upright(
    file_format: str, orientation: int, max_long_side: int | None
) -> None:
    upright = colourful()
    turn = STORED[orientation]
    stored = Image.fromarray(upright)
    stored = stored if turn is None else stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless: dict[str, dict[str, object]] = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 98, "subsampling": 0},
    }
    data = encode(stored, file_format, exif=exif, **lossless.get(file_format, {}))

    page = decode_page(data, max_long_side=max_long_side)

    expected = upright if max_long_side is None else colourful(32, 24)
    assert (page.page_height, page.page_width) == (64, 48)
    assert page.image_HW3.flags.c_contiguous
    assert_alike(page.image_HW3, expected)
    assert_red_is_that_of(page, data, max_long_side)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's way to say so
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"x"])
def test_damaged_exif_does_not_cost_the_page(exif: bytes) -> None:
    page = decode_page(encode(Image.fromarray(colourful()), "JPEG", exif=exif))

    assert_alike(page.image_HW3, colourful())


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [
        ("RGB", "PNG"),
        ("RGB", "JPEG"),
        ("RGB", "TIFF"),
        ("RGB", "WEBP"),
        ("P", "PNG"),
        ("P", "TIFF"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "JPEG"),
        ("YCbCr", "TIFF"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
    ],
)
def test_colours_survive_every_pixel_format(mode: str, file_format: str) -> None:
    rgb = Image.fromarray(colourful())
    image = rgb.quantize(16) if mode == "P" else rgb.convert(mode)
    options = {"lossless": True} if file_format == "WEBP" else {"quality": 98, "subsampling": 0}

    data = encode(image, file_format, **options)
    page = decode_page(data)

    assert_red_is_that_of(page, data, None)
    assert_alike(page.image_HW3, colourful())


def test_an_inverted_adobe_cmyk_jpeg_is_not_a_negative() -> None:
    data = encode(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG")
    assert b"Adobe" in data

    assert decode_page(data).image_HW3.min() > 250


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_transparency_is_put_on_white(mode: str, file_format: str) -> None:
    if mode == "PA" and file_format == "TIFF":
        file_format = "PNG"
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    clear.putpixel((0, 0), (0, 0, 0, 255))
    image = clear.convert("P") if mode == "PA" else clear.convert(mode)

    page = decode_page(encode(image, file_format))

    assert page.image_HW3[0, 0].tolist() == [0, 0, 0]
    assert page.image_HW3[3, 3].tolist() == [255, 255, 255]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_one_bit_pages_are_black_and_white(file_format: str) -> None:
    image = Image.new("1", (9, 9), 1)
    image.putpixel((2, 3), 0)

    page = decode_page(encode(image, file_format))

    assert page.image_HW3[3, 2].tolist() == [0, 0, 0]
    assert page.image_HW3[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 257, 32896, 65535]], np.uint16), [0, 1, 128, 255]),
        (np.array([[0, 16, 2056, 4095]], np.uint16), [0, 1, 128, 255]),
        (np.array([[0, 0, 0, 0]], np.uint16), [0, 0, 0, 0]),
        (np.array([[0, 257, 32896, 65535]], np.int32), [0, 1, 128, 255]),
        (np.array([[0, 1, 128, 255]], np.int32), [0, 1, 128, 255]),
        (np.array([[0.0, 0.5, 1.0, np.nan]], np.float32), [0, 128, 255, 0]),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_deep_grey_is_scaled_not_clipped(
    values: npt.NDArray[Any], expected: list[int], file_format: str
) -> None:
    if values.dtype != np.uint16:
        file_format = "TIFF"

    page = decode_page(encode(Image.fromarray(values), file_format))

    assert page.image_HW3.dtype == np.uint8
    assert page.image_HW3[0, :, 0].tolist() == expected


def test_the_first_page_of_a_tiff_is_the_page() -> None:
    pages = [Image.new("L", (10 + n, 20), 50 * n) for n in range(3)]

    page = decode_page(encode(pages[0], "TIFF", save_all=True, append_images=pages[1:]))

    assert (page.page_width, page.image_HW3.max()) == (10, 0)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("size", "max_long_side", "expected"),
    [
        ((300, 400), None, (300, 400)),
        ((300, 400), 400, (300, 400)),
        ((300, 400), 1000, (300, 400)),
        ((300, 400), 200, (150, 200)),
        ((301, 403), 100, (75, 100)),
        ((2000, 3), 100, (100, 1)),
        ((65_500, 2), 1024, (1024, 1)),
    ],
)
def test_the_long_side_is_bounded_and_the_full_size_remembered(
    file_format: str,
    size: tuple[int, int],
    max_long_side: int | None,
    expected: tuple[int, int],
) -> None:
    data = encode(Image.new("L", size, 200), file_format)

    page = decode_page(data, max_long_side=max_long_side)

    assert (page.page_width, page.page_height) == size
    assert page.image_HW3.shape == (expected[1], expected[0], 3)
    assert abs(int(page.image_HW3.min()) - 200) <= 2


def test_pixels_without_a_way_to_rgb_are_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_way(_image: Image.Image, _mode: str) -> Image.Image:
        raise ValueError("conversion not supported")

    data = encode(Image.new("LAB", (8, 8)), "TIFF")
    monkeypatch.setattr(Image.Image, "convert", no_way)

    with pytest.raises(PageError, match="pixels of kind LAB") as caught:
        decode_page(data)
    assert caught.value.kind == "unsupported"


@pytest.mark.parametrize("long_side", [200, 90, 70, 30])
def test_a_reduced_page_keeps_every_stroke(long_side: int) -> None:
    pixels_HW3 = np.full((200, 100, 3), 255, np.uint8)
    pixels_HW3[:, 10::20] = 0  # strokes of one pixel, 5 of 100

    page = decode_page(encode(Image.fromarray(pixels_HW3), "PNG"), max_long_side=long_side)

    assert np.count_nonzero(np.diff((page.image_HW3[0, :, 0] < 250).astype(int)) == 1) == 5
    assert page.image_HW3.mean() == pytest.approx(255 * 0.95, abs=6)


def test_odd_tags_leave_the_terminal_alone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    jpeg = encode(Image.fromarray(colourful()), "JPEG", exif=exif.tobytes()[:-6])
    many_samples = struct.pack("<HHII", 277, 3, 1, 2048)  # of which Pillow logs an error
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + many_samples + bytes(4)
    program = f"""
from tasks.page_image import PageError, decode_page

print(decode_page({jpeg!r}).image_HW3.shape)
try:
    decode_page({tiff!r})
except PageError as error:
    print(error.kind)
"""

    # Another process, because pytest replaces the filters for warnings.
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("(64, 48, 3)\ntruncated\n", "")


def test_an_error_travels_to_another_process() -> None:
    error = PageError("empty", "the file has no bytes")

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (copy.kind, str(copy)) == ("empty", "the file has no bytes")


def assert_red_is_that_of(page: PageImage, data: bytes, max_long_side: int | None) -> None:
    red = decode_page(data, max_long_side=max_long_side, channels=1)
    assert (red.page_height, red.page_width) == (page.page_height, page.page_width)
    assert red.image_HW3.flags.c_contiguous
    assert np.array_equal(red.image_HW3, page.image_HW3[:, :, :1])


def assert_alike(image_HW3: ImageArray, expected_HW3: ImageArray) -> None:
    """Equal but for the rounding of JPEG and of colour tables, away from the quarters' borders."""
    assert image_HW3.shape == expected_HW3.shape
    height, width, _ = image_HW3.shape
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            difference = image_HW3[y, x].astype(int) - expected_HW3[y, x]
            assert np.abs(difference).max() <= 8, (y, x)
