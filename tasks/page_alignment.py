"""Aligns the pages of an archive with their transcriptions: a Prefect task."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from model.alignment import LONGEST_TEXT, align_page, text_to_codepoints
from model.artifact import ReaderArtifact
from model.engines import TorchEngine
from model.page import Page
from model.precision import choose_device, choose_precision
from model.reader import PageReader
from model.self_training import read_labels
from tasks.label_sources.aligned import (
    AlignedPage,
    coverage,
    read_aligned_pages,
    write_aligned,
)
from tasks.models import load_model
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.readable_pages import readable_pages
from tasks.scans import Scan, list_scans
from tasks.transcriptions import Transcription, join_transcriptions, read_transcriptions

TranscribedPage = tuple[Scan, Transcription | None]


@dataclass(frozen=True, slots=True, eq=False)
class TranscribedPages:
    """Scans and their transcriptions.

    Attributes:
        store: where the scans are.
        pages: scans in key order; None stands for a text that nobody has written.
    """

    store: ObjectStore
    pages: Sequence[TranscribedPage]

    def where(self, chosen: Callable[[str], bool]) -> "TranscribedPages":
        """Keep the pages whose key is chosen."""
        return TranscribedPages(self.store, [page for page in self.pages if chosen(page[0].key)])


def open_transcribed(
    archive: str, transcriptions: str | None, *, untranscribed: bool = False
) -> TranscribedPages:
    """Bring scans and transcriptions together.

    Args:
        archive: location of the scans.
        transcriptions: location of the texts, see `tasks.transcriptions`; None if there are none.
        untranscribed: keep scans without a transcription too.

    Raises:
        StoreError: if something is missing or cannot be read.
        LabelSourceError: if a text does not have its format, or may mean several scans.
    """
    store = open_store(archive)
    scans = list(list_scans(store))
    texts = read_transcriptions(open_store(transcriptions)) if transcriptions else {}
    joined = {scan.key: text for scan, text in join_transcriptions(texts, scans)}
    if texts and not joined:
        raise ObjectNotFoundError(
            f"none of the {len(texts)} transcriptions is called like a scan in {archive}, the "
            f"first for example: {next(iter(texts))!r}"
        )
    kept = [scan for scan in scans if untranscribed or scan.key in joined]
    if not kept:
        raise ObjectNotFoundError(f"there is no scan in {archive} to learn from")
    return TranscribedPages(store, [(scan, joined.get(scan.key)) for scan in kept])


@task(name="align-pages", cache_policy=NO_CACHE)
def align_pages(
    pages: TranscribedPages, model: str, output: str, *, device: str = "auto"
) -> dict[str, float]:
    """Assign boxes to the characters of the pages' transcriptions and write them as labels.

    Pages without a transcription get the labels that the reader itself is sure of. What lies in
    ``output`` already is kept.

    Args:
        pages: scans and texts.
        model: the reader that finds the characters; see `tasks.models`.
        output: folder or s3://bucket/prefix for the labels, a source of kind ``aligned``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Returns:
        ``coverage``, the share of the transcriptions' characters that got a box, and the numbers
        of ``pages`` and of labels with a name, ``named``.

    Raises:
        StoreError: if no page can be read.
    """
    store = open_store(output, create=True)
    try:
        aligned = read_aligned_pages(store)
    except ObjectNotFoundError:
        loaded = load_model(model)
        aligned = list(_align(pages, open_reader(loaded.artifact, device)))
        if not aligned:
            raise ObjectNotFoundError(
                f"none of the {len(pages.pages)} pages in {pages.store.location} can be read"
            ) from None
        write_aligned(store, pages.store.location, aligned, {"model": loaded.digest})
    named = sum(int((page.labels.codepoints_N >= 0).sum()) for page in aligned)
    return {"coverage": coverage(aligned), "pages": len(aligned), "named": named}


def open_reader(artifact: ReaderArtifact, device: str) -> PageReader:
    """Put a reader on a device, at the precision that suits it."""
    chosen = choose_device(device)
    return PageReader(artifact, TorchEngine(artifact.detector, chosen, choose_precision(chosen)))


def fetch_transcribed(pages: TranscribedPages) -> Iterator[tuple[Scan, str | None, Page]]:
    """Yield scans, their texts and their pixels; what cannot be read is logged and left out.

    So is a page whose text is as long as a book: it stands for other pages too.
    """
    for scan, transcription, page in readable_pages(pages.store, _with_a_page_of_text(pages)):
        yield scan, transcription.text if transcription else None, page


def _with_a_page_of_text(pages: TranscribedPages) -> list[TranscribedPage]:
    kept = []
    for scan, transcription in pages.pages:
        length = len(text_to_codepoints(transcription.text)) if transcription else 0
        if length <= LONGEST_TEXT:
            kept.append((scan, transcription))
        else:
            get_run_logger().warning(
                "%s is left out: the text of a page may have at most %d characters, its has %d; "
                "split it by page",
                scan.key,
                LONGEST_TEXT,
                length,
            )
    return kept


def _align(pages: TranscribedPages, reader: PageReader) -> Iterator[AlignedPage]:
    for scan, text, page in fetch_transcribed(pages):
        if text is None:
            yield AlignedPage(scan.key, read_labels(reader, page), 0, 0)
        else:
            aligned = align_page(reader, page, text)
            box_T = aligned.alignment.box_T
            yield AlignedPage(scan.key, aligned.labels, len(box_T), int((box_T >= 0).sum()))
