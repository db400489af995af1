"""The Parquet schema of page readings (docs/readings-schema.md) and the way into and out of it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from model.characters import FloatArray, IntArray, PageReading
from tasks.page_row import PageRow, PageTimings
from tasks.scans import Scan

SCHEMA_VERSION = 1
VERSION_KEY = b"kuzushiji_readings_version"
ENGINE_KEY = b"kuzushiji_engine"  # all that computed a part's rows

_ALTERNATIVE = pa.struct(
    [("codepoint", pa.int32()), ("character", pa.string()), ("probability", pa.float32())]
)
_CHARACTER = pa.struct(
    [
        ("codepoint", pa.int32()),
        ("character", pa.string()),
        ("x", pa.float32()),
        ("y", pa.float32()),
        ("width", pa.float32()),
        ("height", pa.float32()),
        ("score", pa.float32()),
        ("alternatives", pa.list_(_ALTERNATIVE)),
        ("order", pa.int32()),
    ]
)
_BOX = ("x", "y", "width", "height")
SCHEMA = pa.schema(
    [
        ("page_key", pa.string()),
        ("etag", pa.string()),
        ("size_bytes", pa.int64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("status", pa.string()),
        ("error_kind", pa.string()),
        ("error_message", pa.string()),
        ("model_digest", pa.string()),
        ("characters", pa.list_(_CHARACTER)),
        ("timings", pa.struct([(field.name, pa.float32()) for field in fields(PageTimings)])),
        ("read_at", pa.timestamp("us", tz="UTC")),
    ],
    metadata={VERSION_KEY: str(SCHEMA_VERSION).encode()},
)


_ONE = "characters.list.element."
_OTHER = f"{_ONE}alternatives.list.element."
# Measured on dense pages: 48 bytes a character; 70 with Parquet's defaults.
WRITE_OPTIONS: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": [
        "status",
        "error_kind",
        "model_digest",
        *(f"{path}{name}" for path in (_ONE, _OTHER) for name in ("codepoint", "character")),
    ],
    "use_byte_stream_split": [
        *(f"{_ONE}{name}" for name in (*_BOX, "score")),
        f"{_OTHER}probability",
    ],
}

_LONGER_UTF8 = 0x80, 0x800, 0x10000  # code points from which on UTF-8 takes one byte more


def rows_to_table(rows: Sequence[PageRow]) -> pa.Table:
    """Lay rows out as columns; characters are copied as whole arrays, not one by one."""
    columns = {
        "page_key": [row.scan.key for row in rows],
        "etag": [row.scan.etag for row in rows],
        "size_bytes": [row.scan.size for row in rows],
        "width": [row.width for row in rows],
        "height": [row.height for row in rows],
        "status": [row.status for row in rows],
        "error_kind": [row.error_kind for row in rows],
        "error_message": [row.error_message for row in rows],
        "model_digest": [row.model_digest for row in rows],
        "characters": _characters_column([row.reading or PageReading.empty() for row in rows]),
        "timings": [asdict(row.timings) for row in rows],
        "read_at": [row.read_at for row in rows],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    engines = ", ".join(sorted({row.engine for row in rows} - {""}))
    engine = {ENGINE_KEY: engines.encode()} if rows else {}
    return pa.Table.from_arrays(arrays, schema=SCHEMA.with_metadata({**SCHEMA.metadata, **engine}))


def table_to_rows(table: pa.Table) -> Iterator[PageRow]:
    """The rows of a table with this module's schema."""
    readings = _readings(table["characters"].combine_chunks())
    plain = table.drop_columns(["characters"])
    engine = (table.schema.metadata or {}).get(ENGINE_KEY, b"torch").decode()
    for values, reading in zip(plain.to_pylist(), readings, strict=True):
        yield PageRow(
            scan=Scan(values["page_key"], values["size_bytes"], values["etag"]),
            width=values["width"],
            height=values["height"],
            model_digest=values["model_digest"],
            reading=reading if values["status"] == "read" else None,
            error_kind=values["error_kind"],
            error_message=values["error_message"],
            timings=PageTimings(**values["timings"]),
            read_at=values["read_at"],
            engine=engine,
        )


def _characters_column(readings: Sequence[PageReading]) -> pa.ListArray:
    boxes_N4 = np.concatenate([reading.boxes_N4 for reading in readings])
    best_N = np.concatenate([reading.codepoints_NK[:, 0] for reading in readings])
    columns = {
        "codepoint": best_N,
        "character": _to_characters(best_N),
        "x": boxes_N4[:, 0],
        "y": boxes_N4[:, 1],
        "width": boxes_N4[:, 2],
        "height": boxes_N4[:, 3],
        "score": np.concatenate([reading.scores_N for reading in readings]),
        "alternatives": _alternatives_column(readings),
        "order": np.concatenate([np.arange(len(reading)) for reading in readings]),
    }
    return _list_array([len(reading) for reading in readings], _struct_array(_CHARACTER, columns))


def _alternatives_column(readings: Sequence[PageReading]) -> pa.ListArray:
    codepoints = np.concatenate([reading.codepoints_NK.reshape(-1) for reading in readings])
    columns = {
        "codepoint": codepoints,
        "character": _to_characters(codepoints),
        "probability": np.concatenate(
            [reading.probabilities_NK.reshape(-1) for reading in readings]
        ),
    }
    lengths = [
        np.full(len(reading), reading.codepoints_NK.shape[1], np.int64) for reading in readings
    ]
    return _list_array(np.concatenate(lengths), _struct_array(_ALTERNATIVE, columns))


def _readings(characters: pa.ListArray) -> Iterator[PageReading]:
    flat = characters.flatten()
    alternatives = flat.field("alternatives")
    nested = alternatives.flatten()
    boxes_N4: FloatArray = np.column_stack([_numbers(flat.field(name)) for name in _BOX])
    scores_N: FloatArray = _numbers(flat.field("score"))
    codepoints: IntArray = _numbers(nested.field("codepoint"))
    probabilities: FloatArray = _numbers(nested.field("probability"))
    starts = _offsets(_numbers(alternatives.value_lengths()))
    ends = _offsets(characters.value_lengths().fill_null(0).to_numpy(zero_copy_only=False))
    for begin, end in pairwise(ends.tolist()):
        if begin == end:
            yield PageReading.empty()
            continue
        part, shape = slice(starts[begin], starts[end]), (end - begin, -1)
        yield PageReading(
            boxes_N4=boxes_N4[begin:end],
            scores_N=scores_N[begin:end],
            codepoints_NK=codepoints[part].reshape(shape),
            probabilities_NK=probabilities[part].reshape(shape),
        )


def _struct_array(kind: pa.StructType, columns: dict[str, Any]) -> pa.StructArray:
    arrays = [pa.array(columns[field.name], field.type) for field in kind]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))


def _list_array(lengths: npt.ArrayLike, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(_offsets(lengths), values)


def _offsets(lengths: npt.ArrayLike) -> IntArray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def _to_characters(codepoints: IntArray) -> pa.StringArray:
    """Write code points as UTF-8, all at once.

    Arrow's own functions would be loaded with the first batch, beside the reading of the second.
    """
    text = codepoints.astype("<u4").tobytes().decode("utf-32-le").encode()
    bytes_N = 1 + sum((codepoints >= first).astype(np.int32) for first in _LONGER_UTF8)
    buffers = pa.py_buffer(_offsets(bytes_N)), pa.py_buffer(text)
    return pa.StringArray.from_buffers(len(codepoints), *buffers)


def _numbers(array: pa.Array) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return numbers
