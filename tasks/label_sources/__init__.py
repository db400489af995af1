"""Labelled pages in every layout that is read; docs/labels.md shows each."""

from tasks.label_sources.archive import LabelledArchive, LabelledPage, LabelSourceError
from tasks.label_sources.book_split import BookSplit, split_by_book
from tasks.label_sources.kinds import KINDS, open_labels, read_label_source

__all__ = [
    "KINDS",
    "BookSplit",
    "LabelSourceError",
    "LabelledArchive",
    "LabelledPage",
    "open_labels",
    "read_label_source",
    "split_by_book",
]
