"""Examines a model on pages that it was not trained on: a Prefect task.

Where a page has a transcription its character error rate counts, and how much of the text finds a
box; where it has boxes the challenge's matches count.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from prefect import task
from prefect.cache_policies import NO_CACHE

from model.alignment import align_page
from model.characters import Labels, PageReading
from model.layout import layout_to_text
from model.metric import Counts, score_page
from model.reader import PageReader
from model.reading_order import page_layout
from model.text_metric import TextCounts, count_edits
from tasks.challenge import reading_to_points
from tasks.models import load_model
from tasks.object_store import ObjectNotFoundError, ObjectStore, open_store
from tasks.page_alignment import TranscribedPages, fetch_transcribed, open_reader
from tasks.readable_pages import readable_pages
from tasks.training_sources import HeldOutPages


@dataclass(frozen=True, slots=True)
class ExaminedPage:
    """What a model made of one page.

    Attributes:
        page: the scan's key in its archive.
        text: edits against its transcription.
        found: characters of the transcription that got a box.
        matches: counts against its boxes.
    """

    page: str
    text: TextCounts = field(default_factory=TextCounts)
    found: int = 0
    matches: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class Examination:
    """What a model made of all pages.

    Attributes:
        model: digest.
        pages: in the order in which they were examined.
    """

    model: str
    pages: Sequence[ExaminedPage]

    @property
    def figures(self) -> dict[str, float]:
        """``cer`` and ``aligned`` recall where there is text, ``f1`` where there are boxes."""
        text = sum((page.text for page in self.pages), TextCounts())
        matches = sum((page.matches for page in self.pages), Counts())
        figures: dict[str, float] = {}
        if text.length:
            found = sum(page.found for page in self.pages)
            figures |= {"cer": text.error_rate, "aligned": found / text.length}
        if matches.tp + matches.fn:
            figures["f1"] = matches.f1
        return figures

    @property
    def score(self) -> float:
        """Mean of F1 and of 1 - CER, as far as they are known; 0 if nothing is."""
        figures = self.figures
        parts = [figures["f1"]] if "f1" in figures else []
        parts += [1 - figures["cer"]] if "cer" in figures else []
        return sum(parts) / max(1, len(parts))

    def to_dict(self) -> dict[str, Any]:
        """Return the examination as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the examination from plain JSON values."""
        pages = [
            ExaminedPage(
                page["page"],
                TextCounts(**page["text"]),
                page["found"],
                Counts(**page["matches"]),
            )
            for page in values["pages"]
        ]
        return cls(values["model"], pages)


@task(name="examine-model", cache_policy=NO_CACHE)
def examine_model(
    model: str,
    transcribed: TranscribedPages,
    labelled: Sequence[HeldOutPages],
    output: str,
    *,
    device: str = "auto",
) -> Examination:
    """Read held-out pages and compare with what is known of them.

    What ``output`` holds of this model is not examined again; pages that cannot be read are logged
    and left out.

    Args:
        model: see `tasks.models`.
        transcribed: pages whose text is known.
        labelled: pages whose boxes are known.
        output: folder or s3://bucket/prefix, which gets ``DIGEST.json``.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    """
    store = open_store(output, create=True)
    loaded = load_model(model)
    key = f"{loaded.digest[:12]}.json"
    try:
        return Examination.from_dict(json.loads(store.get(key)))
    except ObjectNotFoundError:
        reader = open_reader(loaded.artifact, device)
        pages = [*_examine_texts(reader, transcribed), *_examine_boxes(reader, labelled)]
        examination = Examination(loaded.digest, pages)
        _save(store, key, examination)
        return examination


def _save(store: ObjectStore, key: str, examination: Examination) -> None:
    store.put(key, json.dumps(examination.to_dict(), ensure_ascii=False, indent=1).encode())


def _examine_texts(reader: PageReader, transcribed: TranscribedPages) -> Iterator[ExaminedPage]:
    for scan, text, page in fetch_transcribed(transcribed):
        if text is None:
            continue
        [reading] = reader.read([page])
        found = align_page(reader, page, text).alignment.box_T >= 0
        yield ExaminedPage(scan.key, count_edits(text, read_text(reading)), int(found.sum()))


def _examine_boxes(reader: PageReader, labelled: Iterable[HeldOutPages]) -> Iterator[ExaminedPage]:
    for source in labelled:
        for scan, labels, page in readable_pages(source.store, source.pages):
            [reading] = reader.read([page])
            yield ExaminedPage(scan.key, matches=_score(labels, reading))


def read_text(reading: PageReading) -> str:
    """Write a page's best readings as text, furigana left out."""
    return layout_to_text(reading.codepoints_NK[:, 0], page_layout(reading.boxes_N4))


def _score(labels: Labels, reading: PageReading) -> Counts:
    points = reading_to_points(reading)
    return score_page(labels, points.codepoints_N, points.points_N2)
