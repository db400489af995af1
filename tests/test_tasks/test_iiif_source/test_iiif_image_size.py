"""The smallest image that is large enough, by what the server says that it offers."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iiif_server import IiifServer
from PIL import Image

from tasks.object_store import InvalidLocationError
from tasks.object_store.iiif.image_size import choose_size, read_info
from tasks.object_store.iiif.web import Web

V2 = {"@context": "http://iiif.io/api/image/2/context.json", "width": 3000, "height": 4000}
V3 = {
    "@context": "http://iiif.io/api/image/3/context.json",
    "type": "ImageService3",
    "width": 3000,
    "height": 4000,
}
LEVEL_0 = "http://iiif.io/api/image/2/level0.json"
LEVEL_2 = "http://iiif.io/api/image/2/level2.json"
SIZES = {"sizes": [{"width": w, "height": w * 4 // 3} for w in (375, 750, 1500)]}
TILES = {"tiles": [{"width": 512, "scaleFactors": [1, 2, 4]}]}


@pytest.mark.parametrize(
    ("info", "size"),
    [
        (V2 | {"profile": LEVEL_2}, "1020,"),
        (V2 | {"profile": [LEVEL_2]}, "1020,"),
        (V2 | {"profile": "http://iiif.io/api/image/2/level1.json"}, "1020,"),
        (V3 | {"profile": "level1"}, "1020,"),
        (V3 | {"profile": "level2", **SIZES, **TILES}, "1020,"),
        (V2 | {"profile": LEVEL_0}, "full"),
        (V3 | {"profile": "level0"}, "max"),
        (V2 | {"profile": LEVEL_0, **SIZES}, "1500,"),
        (V3 | {"profile": "level0", **SIZES}, "1500,2000"),
        (V2 | {"profile": [LEVEL_0, {"supports": ["sizeByW"]}]}, "1020,"),
        (V3 | {"profile": "level0", "extraFeatures": ["sizeByW"]}, "1020,"),
        (V3 | {"profile": "level0", **TILES}, "max"),
        (V3 | {"profile": "level0", "sizes": SIZES["sizes"][:2]}, "max"),
        (V2 | {"profile": [LEVEL_2, {"maxWidth": 600}]}, "450,"),
        (V2 | {"profile": [LEVEL_2, {"maxWidth": 600, "maxHeight": 9000}]}, "600,"),
        (V2 | {"profile": [LEVEL_0, {"maxWidth": 1000}]}, "max"),
        (V3 | {"profile": "level2", "maxArea": 480_000}, "600,"),
        (V3 | {"profile": "level2", "maxWidth": 2000}, "1020,"),
        (V3 | {"profile": "level2", "width": 4000, "height": 3000}, "1360,"),
        (V3 | {"profile": "level2", "width": 1000, "height": 1360}, "max"),
        (V2 | {"profile": LEVEL_2, "width": 10, "height": 10}, "full"),
        (V3 | {"profile": "level2", "width": 1, "height": 100_000}, "1,"),
        (V3, "max"),
        (V2 | {"profile": 7, "sizes": "none", "tiles": None, "maxWidth": "wide"}, "full"),
        (V2 | {"profile": [None, {"supports": {"a": 1}}], "sizes": [{"width": -1}]}, "full"),
    ],
)
def test_the_smallest_that_is_large_enough_is_chosen(info: dict[str, Any], size: str) -> None:
    assert choose_size(read_info("http://example.org/info.json", info), 1360) == size


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"width": 10},
        {"width": 0, "height": 1},
        {"width": "10", "height": 10},
        {"width": True, "height": 1},
        {"width": float("inf"), "height": 1},
    ],
)
def test_an_image_without_a_size_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(InvalidLocationError, match="width and height"):
        read_info("http://example.org/info.json", broken)


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.integers(1, 5000))
def test_a_scaling_server_never_gives_too_little(width: int, height: int, wanted: int) -> None:
    info = V3 | {"profile": "level2", "width": width, "height": height}

    size = choose_size(read_info("http://example.org/info.json", info), wanted)

    asked = width if size == "max" else int(size.removesuffix(","))
    assert asked <= width
    assert max(asked, asked * height / width) >= min(wanted, width, height) - 1e-6
    assert max(asked, asked * height / width) >= min(wanted, max(width, height)) - 1e-6


@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize(
    ("level", "sizes", "limits", "long_side"),
    [
        (2, (), {}, 1360),
        (1, (), {}, 1360),
        (2, (), {"maxWidth": 600}, 600),
        (0, (), {}, 1600),
        (0, ((600, 800), (1050, 1400)), {}, 1400),
        (0, (), {"maxWidth": 600}, 600),
    ],
)
def test_the_reference_implementation_gives_what_is_chosen(
    web: Web,
    server: IiifServer,
    version: str,
    level: int,
    sizes: tuple[tuple[int, int], ...],
    limits: dict[str, int],
    long_side: int,
) -> None:
    server.version, server.level, server.sizes, server.limits = version, level, sizes, limits
    service = server.add_image("page", 1200, 1600)
    url = f"{service}/info.json"

    size = choose_size(read_info(url, json.loads(web.get(url, 9999, "*/*"))), 1360)
    image = Image.open(io.BytesIO(web.get(f"{service}/full/{size}/0/default.jpg", 1 << 24, "*/*")))

    assert max(image.size) == long_side
