"""The pages on which a new model is examined, laid out as an archive of their own with its labels.

Held-out books of the labelled sources; where there are none, pages rendered with held-out fonts.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from model.characters import Labels
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import Corpus
from tasks.challenge import by_image_id, image_id_of, write_labels
from tasks.object_store import ObjectStore
from tasks.synthetic_pages import encode_page, synthetic_page
from tasks.training_material import TrainingMaterial
from tasks.training_sources import HeldOutPages, chosen_fonts, read_columns

ARCHIVE, LABELS = "validation/archive", "validation/labels.csv"
SYNTHETIC_PAGES = 6
SEED = 5

LaidOutPage = tuple[str, bytes, Labels]


@task(name="lay-out-validation", cache_policy=NO_CACHE)
def lay_out_validation(
    store: ObjectStore, material: TrainingMaterial, held_out: tuple[HeldOutPages, ...]
) -> int:
    """Write the validation pages and their labels below the run's folder, if they are not there.

    Args:
        store: of the run.
        material: what was trained on, which tells the held-out fonts.
        held_out: labelled pages of held-out books; may be empty.

    Returns:
        The number of pages.

    Raises:
        AmbiguousImageError: if two held-out pages have the same file name.
    """
    there = {info.key for info in store.list("validation/")}
    pages = held_out_pages(held_out) if held_out else rendered_pages(material)
    labels: dict[str, Labels] = {}
    keys: list[str] = []
    for key, data, truth in pages:
        if f"{ARCHIVE}/{key}" not in there:
            store.put(f"{ARCHIVE}/{key}", data)
        keys.append(key)
        labels[image_id_of(key)] = truth
    by_image_id(keys)
    store.put(LABELS, write_labels(labels))
    return len(labels)


def held_out_pages(held_out: tuple[HeldOutPages, ...]) -> Iterator[LaidOutPage]:
    """Copy the scans of held-out books."""
    for source in held_out:
        for scan, labels in source.pages:
            yield scan.key, source.store.get(scan.key), labels


def rendered_pages(
    material: TrainingMaterial, pages: int = SYNTHETIC_PAGES
) -> Iterator[LaidOutPage]:
    """Render pages with the fonts that training did not see, or with all if it saw all."""
    fonts = chosen_fonts(map(Path, material.fonts), only=material.hold_out_fonts)
    corpus = Corpus(read_columns(material.text))
    atlas = build_atlas(fonts, [int(codepoint) for codepoint in corpus.codepoints_C])
    for leaf in range(1, pages + 1):
        page = synthetic_page(atlas, corpus, np.random.default_rng([SEED, leaf]))
        yield f"rendered/rendered_{leaf:05d}.jpg", encode_page(page), page.labels
