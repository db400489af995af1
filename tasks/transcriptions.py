"""Reads transcriptions of pages: text files, a TSV, ALTO or TEI.

A folder may hold ``NAME.txt`` files, one a page and called like its scan, ALTO files, TEI files of
any number of pages (each after its ``<pb facs="SCAN"/>``), and TSV files with the columns
``image_id`` and ``text``. Furigana are left out: of ``<ruby>`` the base alone is text.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from tasks.label_sources.archive import LabelSourceError
from tasks.label_sources.scan_finder import ScanFinder
from tasks.label_sources.tei_text import tei_pages
from tasks.label_sources.xml_tree import MAX_BYTES, Element, name_of, parse_xml
from tasks.object_store import ObjectNotFoundError, ObjectStore
from tasks.scans import Scan

TSV_COLUMNS = ("image_id", "text")
Named = Iterator[tuple[str, str]]  # a page's name and its text, a column a line


@dataclass(frozen=True, slots=True)
class Transcription:
    """The text of one page.

    Attributes:
        page: name of the scan as the file gives it: a key, a file name or that without extension.
        lines: the columns in reading order; a single one if the file does not tell columns.
    """

    page: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole text, a column a line."""
        return "\n".join(self.lines)


def read_transcriptions(store: ObjectStore) -> dict[str, Transcription]:
    """Read every transcription below a location, by the name of its page.

    Raises:
        StoreError: if there is none, or something cannot be read.
        LabelSourceError: naming the file and the rule it breaks.
    """
    found: dict[str, Transcription] = {}
    for info in store.list():
        read = _READERS.get(info.key.lower().rpartition(".")[2])
        if read is None:
            continue
        try:
            for page, text in read(info.key, store.get(info.key, max_bytes=MAX_BYTES)):
                if page in found:
                    raise LabelSourceError(f"{page!r} has a transcription already; keep one")
                lines = tuple(line.strip() for line in text.splitlines() if line.strip())
                found[page] = Transcription(page, lines)
        except ValueError as error:
            raise LabelSourceError(f"{info.key}: {error}") from error
    if not found:
        raise ObjectNotFoundError(
            "there is no transcription; expected NAME.txt, a TSV with the columns "
            f"{' and '.join(TSV_COLUMNS)}, ALTO or TEI"
        )
    return found


def join_transcriptions(
    transcriptions: Mapping[str, Transcription], scans: list[Scan]
) -> list[tuple[Scan, Transcription]]:
    """Bring pages and their texts together; texts of pages that are not there are left out.

    Raises:
        LabelSourceError: if a name may mean several scans, or two names mean one.
    """
    finder = ScanFinder(scans)
    joined: dict[str, tuple[Scan, Transcription]] = {}
    for name, transcription in transcriptions.items():
        scan = finder.find(name)
        if scan is None:
            continue
        other = joined.setdefault(scan.key, (scan, transcription))[1]
        if other is not transcription:
            raise LabelSourceError(f"{other.page!r} and {name!r} both transcribe {scan.key!r}")
    return list(joined.values())


def _read_text(key: str, content: bytes) -> Named:
    yield key, _decode(content)


def _read_tsv(_: str, content: bytes) -> Named:
    file = StringIO(_decode(content), newline="")
    rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not set(TSV_COLUMNS) <= set(rows.fieldnames or ()):
        raise LabelSourceError(
            f"the first line must name the columns {' and '.join(TSV_COLUMNS)}, got "
            f"{rows.fieldnames}"
        )
    for row in rows:
        if row["image_id"] is None or row["text"] is None:
            raise LabelSourceError(f"line {rows.line_num} must have an image_id and a text")
        yield row["image_id"], row["text"]


def _read_xml(key: str, content: bytes) -> Named:
    root = parse_xml(content)
    if name_of(root) == "alto":
        yield _alto_name(root) or key, "\n".join(map(_alto_line, root.iter("{*}TextLine")))
    elif name_of(root) in ("TEI", "teiCorpus"):
        yield from tei_pages(root, key)


def _alto_name(alto: Element) -> str:
    return (alto.findtext(".//{*}fileName") or "").strip()


def _alto_line(line: Element) -> str:
    return "".join(string.get("CONTENT", "") for string in line.findall("{*}String"))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelSourceError(f"text must be UTF-8: {error.reason}; convert it") from error


_READERS: dict[str, Callable[[str, bytes], Named]] = {
    "txt": _read_text,
    "tsv": _read_tsv,
    "xml": _read_xml,
}
