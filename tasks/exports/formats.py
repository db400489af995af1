"""Every format by its name, behind one small interface."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tasks.exports.alto import page_to_alto
from tasks.exports.challenge_csv import ChallengeCsv
from tasks.exports.coco import Coco
from tasks.exports.hocr import page_to_hocr
from tasks.exports.iiif import GLYPHS, LINES, WebAddresses, page_to_glyphs, page_to_lines
from tasks.exports.iiif_manifest import IiifManifests
from tasks.exports.json_lines import JsonLines
from tasks.exports.page import ExportPage
from tasks.exports.page_xml import page_to_page_xml
from tasks.exports.tei import page_to_tei
from tasks.exports.text import page_to_text

FormatName = Literal["text", "csv", "alto", "page", "hocr", "tei", "iiif", "jsonl", "coco"]


class ArchiveFile(Protocol):
    """Files that tell of many pages: filled page by page, written at the end."""

    def add(self, page: ExportPage) -> None:
        """Take in a page; pages come in the order of their keys."""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The files' names and contents."""


@dataclass(frozen=True, slots=True)
class Format:
    """How readings become files of one format.

    Attributes:
        page_files: what follows the page's name in the names of its files, and the pure function
            that makes the content; empty if no page has a file of its own.
        new_archive_file: an empty collector for files of many pages; None if there are none.
    """

    page_files: Mapping[str, Callable[[ExportPage], bytes]] = field(default_factory=dict)
    new_archive_file: Callable[[], ArchiveFile] | None = None


class MissingAddressError(ValueError):
    """The format names things by their address on the web, and none was given."""


_FORMATS: dict[FormatName, Format] = {
    "text": Format({".txt": page_to_text}),
    "csv": Format(new_archive_file=ChallengeCsv),
    "alto": Format({".xml": page_to_alto}),
    "page": Format({".xml": page_to_page_xml}),
    "hocr": Format({".html": page_to_hocr}),
    "tei": Format({".xml": page_to_tei}),
    "jsonl": Format(new_archive_file=JsonLines),
    "coco": Format(new_archive_file=Coco),
}


def format_named(name: FormatName, addresses: WebAddresses | None = None) -> Format:
    """Return a format.

    Args:
        name: of the format.
        addresses: where exports and scans will be on the web; only IIIF needs them.

    Raises:
        MissingAddressError: if it needs addresses that are missing.
    """
    if name != "iiif":
        return _FORMATS[name]
    if addresses is None:
        raise MissingAddressError(
            "iiif names every page by its address: give --base-url, the http(s) address under "
            "which the exports will be served"
        )
    return Format(
        {
            LINES: lambda page: page_to_lines(page, addresses),
            GLYPHS: lambda page: page_to_glyphs(page, addresses),
        },
        lambda: IiifManifests(addresses),
    )
