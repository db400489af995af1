"""Aligns the pages of an archive with their transcriptions: a Prefect task."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from model.alignment import align_page
from model.precision import choose_device, choose_precision
from model.reader import CANDIDATE_SIDES, Page, PageReader
from tasks.fetch import FailedPage, fetch_page
from tasks.label_sources.aligned import (
    AlignedPage,
    coverage,
    read_aligned_pages,
    write_aligned,
)
from tasks.models import load_model
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.progress import PageProgress
from tasks.scans import Scan, list_scans
from tasks.transcriptions import Transcription, join_transcriptions, read_transcriptions

TranscribedPage = tuple[Scan, Transcription]


@dataclass(frozen=True, slots=True, eq=False)
class TranscribedArchive:
    """Scans and their transcriptions.

    Attributes:
        store: where the scans are.
        pages: scans that have a transcription, in key order.
    """

    store: ObjectStore
    pages: Sequence[TranscribedPage]


def open_transcribed(archive: str, transcriptions: str) -> TranscribedArchive:
    """Find the scans that have a transcription.

    Args:
        archive: location of the scans.
        transcriptions: location of the texts; see `tasks.transcriptions`.

    Raises:
        StoreError: if something is missing or cannot be read.
        LabelSourceError: if a text does not have its format, or fits no scan or several.
    """
    store = open_store(archive)
    texts = read_transcriptions(open_store(transcriptions))
    pages = sorted(
        join_transcriptions(texts, list(list_scans(store))), key=lambda page: page[0].key
    )
    if not pages:
        raise ObjectNotFoundError(
            f"none of the {len(texts)} transcriptions is called like a scan in {archive}, the "
            f"first for example: {next(iter(texts))!r}"
        )
    return TranscribedArchive(store, pages)


@task(name="align-pages", cache_policy=NO_CACHE)
def align_pages(
    archive: TranscribedArchive, model: str, output: str, *, device: str = "auto"
) -> float:
    """Assign boxes to the characters of the pages' transcriptions and write them as labels.

    What this model aligned before is kept.

    Args:
        archive: pages and texts.
        model: the reader that finds the characters; see `tasks.models`.
        output: folder or s3://bucket/prefix for the labels; a source of kind ``aligned``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Returns:
        The share of the transcriptions' characters that got a box.
    """
    store = open_store(output, create=True)
    loaded = load_model(model)
    facts: dict[str, object] = {"model": loaded.digest}
    try:
        return coverage(read_aligned_pages(store))
    except ObjectNotFoundError:
        chosen = choose_device(device)
        reader = PageReader(loaded.artifact, chosen, choose_precision(chosen))
        with PageProgress(len(archive.pages)) as progress:
            pages = list(_align(archive, reader, progress))
        write_aligned(store, archive.store.location, pages, facts)
        return coverage(pages)


def _align(
    archive: TranscribedArchive, reader: PageReader, progress: PageProgress
) -> Iterator[AlignedPage]:
    logger = get_run_logger()
    for scan, transcription in archive.pages:
        fetched = fetch_page(archive.store, scan, CANDIDATE_SIDES[-1])
        if isinstance(fetched, FailedPage):
            progress.count(failed=True)
            logger.warning("%s cannot be aligned: %s", scan.key, fetched.message)
            continue
        size = fetched.page
        page = Page(size.image_HW3, size.page_width, size.page_height)
        aligned = align_page(reader, page, transcription.text)
        boxes_T = aligned.alignment.box_T
        found = int((boxes_T >= 0).sum())
        progress.count(failed=False)
        yield AlignedPage(scan.key, aligned.labels, len(boxes_T), found)
