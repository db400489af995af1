"""Labels that an alignment with transcriptions assigned: ``aligned.parquet``, one row a page.

Unlike labels made by hand they may say that nobody knows: the code points may also be
`UNKNOWN_CODEPOINT` and `IGNORED_CODEPOINT`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from model.characters import Labels
from tasks.label_sources.archive import (
    LabelledArchive,
    LabelSourceError,
    NamedLabels,
    join_scans,
)
from tasks.label_sources.scan_place import CONFIGURATION, open_scans
from tasks.object_store import ObjectStore, open_store
from tasks.scans import list_scans

ALIGNED = "aligned.parquet"
SCHEMA = pa.schema(
    [
        pa.field("page", pa.string(), nullable=False),
        pa.field("codepoints", pa.list_(pa.int32()), nullable=False),
        pa.field("boxes", pa.list_(pa.list_(pa.float32(), 4)), nullable=False),
        pa.field("characters", pa.int32(), nullable=False),
        pa.field("found", pa.int32(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class AlignedPage:
    """What an alignment says of one page.

    Attributes:
        page: the scan's key in its archive.
        labels: boxes in pixels of the upright page.
        characters: characters of its transcription.
        found: how many of them got a box.
    """

    page: str
    labels: Labels
    characters: int
    found: int


def write_aligned(
    store: ObjectStore, archive: str, pages: Sequence[AlignedPage], facts: dict[str, object]
) -> None:
    """Write labels so that `read_aligned` finds them and their scans.

    Args:
        store: folder for the labels.
        archive: location of the scans.
        pages: labels by page.
        facts: written beside them.
    """
    rows = [
        {
            "page": page.page,
            "codepoints": page.labels.codepoints_N.tolist(),
            "boxes": page.labels.boxes_N4.tolist(),
            "characters": page.characters,
            "found": page.found,
        }
        for page in pages
    ]
    file = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), file)
    text = json.dumps({"archive": archive, **facts}, ensure_ascii=False, indent=1)
    store.put(CONFIGURATION, text.encode())
    store.put(ALIGNED, file.getvalue())


def read_aligned_pages(store: ObjectStore) -> list[AlignedPage]:
    """Read what `write_aligned` wrote.

    Raises:
        ObjectNotFoundError: if nothing was aligned there.
        LabelSourceError: if the file does not have its format.
    """
    data = store.get(ALIGNED)
    try:
        table = pq.read_table(BytesIO(data)).cast(SCHEMA)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise LabelSourceError(f"{ALIGNED} does not have its format: {error}") from error
    return list(map(_to_page, table.to_pylist()))


def read_aligned(root: str) -> LabelledArchive:
    """Read aligned pages and list the scans of their archive.

    Raises:
        StoreError: if labels or scans are missing or cannot be read.
        LabelSourceError: if the labels do not have their format.
    """
    store = open_store(root)
    named = {page.page: NamedLabels(page.labels) for page in read_aligned_pages(store)}
    archive = open_scans(store)
    scans = {scan.key: scan for scan in list_scans(archive)}
    return join_scans(archive, scans.values(), named, scans.get)


def coverage(pages: Iterable[AlignedPage]) -> float:
    """Share of the transcriptions' characters that got a box."""
    counts = [(page.found, page.characters) for page in pages]
    return sum(found for found, _ in counts) / max(1, sum(total for _, total in counts))


def _to_page(row: dict[str, Any]) -> AlignedPage:
    codepoints_N = np.array(row["codepoints"], np.int32)
    boxes_N4 = np.array(row["boxes"], np.float32).reshape(-1, 4)
    if len(codepoints_N) != len(boxes_N4):
        raise LabelSourceError(f"{ALIGNED}: {row['page']!r} has not as many boxes as code points")
    labels = Labels(boxes_N4, codepoints_N)
    return AlignedPage(row["page"], labels, row["characters"], row["found"])
