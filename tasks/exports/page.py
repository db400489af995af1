"""One page as every format writes it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from itertools import chain

import numpy as np

from model.characters import PageReading
from tasks.exports.glyphs import (
    REPLACEMENT,
    UNWRITABLE,
    Box,
    Column,
    Glyph,
    character_of,
    columns_of_glyphs,
    writable,
)
from tasks.page_row import PageRow

SOFTWARE = "kuzushiji-archive"
SOFTWARE_VERSION = version(SOFTWARE)


@dataclass(frozen=True)
class ExportPage:
    """A page that was read.

    Attributes:
        key: of the scan in its archive.
        name: relative path of the page's files, without suffix (`tasks.exports.file_names`).
        width: of the upright page in pixels.
        height: likewise.
        reading: as it stands in Parquet.
        model_digest: of the model that read it.
        read_at: when, with time zone.
    """

    key: str
    name: str
    width: int
    height: int
    reading: PageReading
    model_digest: str
    read_at: datetime

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Its columns in reading order."""
        return columns_of_glyphs(self.reading)

    @property
    def glyphs(self) -> list[Glyph]:
        """All its glyphs in reading order."""
        return list(chain.from_iterable(column.glyphs for column in self.columns))

    def edges(self, box: Box) -> tuple[int, int, int, int]:
        """A box's left, top, right and bottom in whole pixels of this page."""
        return box.edges(self.width, self.height)

    @property
    def printable_key(self) -> str:
        """The key as far as every file can hold it."""
        return writable(self.key)

    @property
    def replaced(self) -> int:
        """How many characters of the page and its key became U+FFFD."""
        distinct, counts = np.unique(self.reading.codepoints_NK[:, :1], return_counts=True)
        unwritable = [
            character_of(codepoint) == REPLACEMENT and codepoint != ord(REPLACEMENT)
            for codepoint in distinct.tolist()
        ]
        return int(counts[unwritable].sum()) + len(UNWRITABLE.findall(self.key))


def row_to_page(row: PageRow, name: str) -> ExportPage | None:
    """Make a page of a row, or None of a row that holds no reading."""
    if row.reading is None or row.width is None or row.height is None:
        return None
    return ExportPage(
        key=row.scan.key,
        name=name,
        width=row.width,
        height=row.height,
        reading=row.reading,
        model_digest=row.model_digest,
        read_at=row.read_at,
    )
