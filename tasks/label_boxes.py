"""Boxes as files write them, checked before they become labels."""

from collections.abc import Iterable, Sequence

import numpy as np

from model.characters import Labels

Box = tuple[float, float, float, float]
MAX_COORDINATE = 1 << 24  # pixels; up to here float32 keeps whole ones


def read_box(values: object) -> Box:
    """Check (x, y, width, height).

    Raises:
        ValueError: if these are not four finite numbers, or width or height is negative.
    """
    match values:
        case [
            int() | float() as x,
            int() | float() as y,
            int() | float() as w,
            int() | float() as h,
        ]:
            box = (x, y, w, h)
            # comparisons are false for NaN; true and false are int to Python
            sane = all(abs(v) <= MAX_COORDINATE and not isinstance(v, bool) for v in box)
            if sane and w >= 0 and h >= 0:
                return box
    raise ValueError(
        "a box must be x, y, width, height in pixels, finite, width and height not negative, "
        f"got {str(values)[:60]}"
    )


def parse_box(values: Sequence[str | None]) -> Box:
    """Check (x, y, width, height) written as text.

    Raises:
        ValueError: as `read_box`.
    """
    try:
        return read_box([float(value or "") for value in values])
    except ValueError:
        return read_box(values)  # says what stands there


def make_labels(characters: Iterable[tuple[int, Box]]) -> Labels:
    """Turn code points and boxes into labels."""
    listed = list(characters)
    if not listed:
        return Labels.empty()
    codepoints, boxes = zip(*listed, strict=True)
    return Labels(np.array(boxes, np.float32), np.array(codepoints, np.int32))
