"""The file format of training crops: Parquet shards of JPEG bytes with their boxes."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.characters import LabelledImage, Labels

JPEG_QUALITY = 92
VERSION_KEY, VERSION = b"kuzushiji_crops_version", b"1"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.binary(), nullable=False),
        pa.field("boxes", pa.list_(pa.float32()), nullable=False),
        pa.field("codepoints", pa.list_(pa.int32()), nullable=False),
    ],
    metadata={VERSION_KEY: VERSION},
)


class ShardFormatError(ValueError):
    """The bytes are no shard of training crops that this version reads."""


def pack_shard(crops: Sequence[LabelledImage], channels: int) -> bytes:
    """Write crops as one Parquet file.

    Args:
        crops: uint8 RGB crops with labels.
        channels: 1 keeps the red channel alone, 3 keeps all.
    """
    columns = [
        [_encode(crop.image_HW3[..., :channels]) for crop in crops],
        [crop.labels.boxes_N4.ravel() for crop in crops],
        [crop.labels.codepoints_N for crop in crops],
    ]
    table = pa.table(
        [pa.array(c, field.type) for c, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="none")  # JPEG bytes do not shrink
    return buffer.getvalue()


def unpack_shard(data: bytes) -> pa.Table:
    """Read a shard's table; `crop_of` decodes its rows.

    Raises:
        ShardFormatError: if the bytes are damaged or of another version.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowInvalid, OSError) as error:
        raise ShardFormatError(f"not a Parquet file of training crops: {error}") from error
    if (table.schema.metadata or {}).get(VERSION_KEY) != VERSION:
        raise ShardFormatError("not a shard of training crops, or of another version")
    return table


def crop_of(table: pa.Table, row: int) -> LabelledImage:
    """Decode one crop; a crop of one channel repeats it in all three."""
    image, boxes, codepoints = (table.column(name)[row] for name in SCHEMA.names)
    data = np.frombuffer(image.as_py(), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    boxes_N4 = boxes.values.to_numpy(zero_copy_only=False).reshape(-1, 4).astype(np.float32)
    codepoints_N = codepoints.values.to_numpy(zero_copy_only=False).astype(np.int32)
    return LabelledImage(np.asarray(decoded, np.uint8), Labels(boxes_N4, codepoints_N))


def _encode(image: np.ndarray) -> bytes:
    grey = image.shape[2] == 1
    ordered = image[..., 0] if grey else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(data)
