"""The challenge's ``unicode_translation.csv``: the code points that its labels use."""

import csv
from io import StringIO

from model.characters import label_to_codepoint
from tasks.label_sources.archive import LabelSourceError


def read_translation(content: bytes) -> list[int]:
    """Read a table with the columns ``Unicode`` (U+XXXX) and ``char``.

    Raises:
        LabelSourceError: if it does not have its format.
    """
    try:
        rows = csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        labels = [row.get("Unicode") or "" for row in rows]
        return [label_to_codepoint(label) for label in labels]
    except (ValueError, csv.Error) as error:
        raise LabelSourceError(
            f"unicode_translation.csv must be a table Unicode,char: {error}"
        ) from error
