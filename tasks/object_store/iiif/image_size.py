"""Which size of an image to ask for, from its ``info.json`` (Image API 2 and 3).

https://iiif.io/api/image/3.0/ and https://iiif.io/api/image/2.1/ with their compliance documents:
from level 1 on every server scales to a width (``w,``); at level 0 it has the sizes that it lists,
and the whole image. Tiles are not put together: that would be dozens of requests for a page.
"""

import math
import re
from dataclasses import dataclass

from tasks.object_store.errors import InvalidLocationError
from tasks.object_store.iiif.addresses import shown
from tasks.object_store.iiif.documents import Tree, texts, trees, whole

_LEVEL = re.compile(r"level([012])(?:\.json)?$")
_VERSION_3 = re.compile(r"iiif\.io/api/image/3")
_SCALES = "sizeByW"


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What an image service offers.

    Attributes:
        version: of the Image API, 2 or 3.
        width: of the full image in pixels.
        height: the same.
        sizes: (width, height) of the reductions that it keeps.
        scales: whether it gives any width asked for.
        limit: largest scale that it gives out, in (0, 1].
    """

    version: int
    width: int
    height: int
    sizes: tuple[tuple[int, int], ...]
    scales: bool
    limit: float


def read_info(url: str, tree: Tree) -> ImageInfo:
    """Read an ``info.json``.

    Raises:
        InvalidLocationError: if it does not say how large the image is.
    """
    width, height = whole(tree.get("width")), whole(tree.get("height"))
    if width is None or height is None:
        raise InvalidLocationError(f"{shown(url)} must give the image's width and height")
    said = [*trees(tree.get("profile")), tree]  # version 2 tells limits and features in its profile
    levels = [m[1] for text in texts(tree.get("profile")) if (m := _LEVEL.search(text))]
    features = [
        feature
        for part in said
        for name in ("supports", "extraFeatures")
        for feature in texts(part.get(name))
    ]
    is_3 = tree.get("type") == "ImageService3" or any(
        map(_VERSION_3.search, texts(tree.get("@context")))
    )
    return ImageInfo(
        version=3 if is_3 else 2,
        width=width,
        height=height,
        sizes=tuple(_sizes(tree)),
        scales=_SCALES in features or max(levels, default="0") > "0",
        limit=min(_limit(part, width, height) for part in said),
    )


def choose_size(info: ImageInfo, long_side: int) -> str:
    """The size parameter of the smallest image whose longer side has at least ``long_side`` pixels.

    That is the whole image if it is smaller, or if nothing else is large enough; where the server's
    limits allow no image that large, the largest that they allow.
    """
    longest = max(info.width, info.height)
    if info.scales and min(long_side / longest, info.limit) < 1:
        wanted = -(-info.width * long_side // longest)  # rounded up, in whole numbers
        return f"{max(1, min(wanted, int(info.width * info.limit)))},"
    listed = [size for size in info.sizes if long_side <= max(size) < longest * info.limit]
    if listed:
        width, height = min(listed, key=max)
        return f"{width},{height}" if info.version == 3 else f"{width},"  # noqa: PLR2004 - each version's canonical form
    return "max" if info.version == 3 or info.limit < 1 else "full"  # noqa: PLR2004


def _sizes(tree: Tree) -> list[tuple[int, int]]:
    pairs = (
        (whole(size.get("width")), whole(size.get("height"))) for size in trees(tree.get("sizes"))
    )
    return [(width, height) for width, height in pairs if width is not None and height is not None]


def _limit(part: Tree, width: int, height: int) -> float:
    """``maxWidth``, ``maxHeight`` (without it ``maxWidth`` counts for both) and ``maxArea``."""
    max_width, max_height = whole(part.get("maxWidth")), whole(part.get("maxHeight"))
    max_area = whole(part.get("maxArea"))
    scales = [1.0]
    if max_width is not None:
        scales += [max_width / width, (max_height or max_width) / height]
    if max_area is not None:
        scales.append(math.sqrt(max_area / (width * height)))
    return min(scales)
