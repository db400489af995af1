"""Opens what a reader is trained on: fonts, texts, frequencies, real strokes, labelled pages."""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.character_set import CharacterSet
from model.characters import label_to_codepoint
from model.synthesis.atlas import GlyphSource, build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from tasks.crop_sources import CropSource, LabelledPages, SyntheticSource
from tasks.fonts import SYSTEM_FOLDER, load_fonts, load_kmnist
from tasks.label_sources import LabelledArchive, LabelledPage, open_labels, split_by_book
from tasks.object_store import ObjectStore
from tasks.training_material import LabelledSource, TrainingMaterial


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutPages:
    """Labelled pages of books that nothing trains on."""

    store: ObjectStore
    pages: Sequence[LabelledPage]


@dataclass(frozen=True, slots=True, eq=False)
class OpenedMaterial:
    """Sources with their weights, and what can be told of them.

    Attributes:
        sources: where crops come from.
        weights: share of each, in any unit.
        characters: the classes.
        held_out: labelled pages for evaluation.
        digest: SHA-256 of all that the crops are made of.
        card: facts for the model card.
        seen: how often each code point stands in the labels that are learnt from.
        expected: how often it stands in a large corpus; None where nobody said.
    """

    sources: tuple[CropSource, ...]
    weights: tuple[float, ...]
    characters: CharacterSet
    held_out: tuple[HeldOutPages, ...]
    digest: str
    card: dict[str, object]
    seen: Mapping[int, int]
    expected: Mapping[int, int] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one kind of material adds to the whole."""

    sources: list[CropSource]
    weights: list[float]
    codepoints: list[int]
    held_out: list[HeldOutPages]
    digests: list[str]
    card: dict[str, object]
    seen: Counter[int] = field(default_factory=Counter)


def open_material(material: TrainingMaterial) -> OpenedMaterial:
    """Read fonts, texts and labels.

    Raises:
        FileNotFoundError: if a font, a text or a scan is missing.
        ValueError: if a file does not have its format, or nothing is left to train on.
    """
    labelled = _open_labelled(material)
    synthetic = _open_synthetic(material) if material.synthesizes else None
    parts = [labelled, synthetic] if synthetic else [labelled]
    counts = read_counts(Path(material.characters)) if material.characters else None
    codepoints = counts or [codepoint for part in parts for codepoint in part.codepoints]
    return OpenedMaterial(
        sources=tuple(source for part in parts for source in part.sources),
        weights=tuple(weight for part in parts for weight in part.weights),
        characters=CharacterSet.of(codepoints),
        held_out=tuple(labelled.held_out),
        digest=_digest_of(digest for part in parts for digest in part.digests),
        card={key: value for part in parts for key, value in part.card.items()},
        seen=labelled.seen,
        expected=counts,
    )


def _digest_of(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def chosen_fonts(
    folders: Iterable[Path], *, without: Sequence[str] = (), only: Sequence[str] = ()
) -> list[GlyphSource]:
    """Load the fonts of some folders (default: the system's), filtered by name.

    Raises:
        FileNotFoundError: if none is left.
        ValueError: if a name that is filtered by is not among them.
    """
    fonts = load_fonts(list(folders) or [SYSTEM_FOLDER])
    names = {font.name for font in fonts}
    unknown = {*without, *only} - names
    if unknown:
        raise ValueError(f"no font is called {sorted(unknown)}; there are {sorted(names)}")
    return [f for f in fonts if f.name not in without and (not only or f.name in only)]


def _open_synthetic(material: TrainingMaterial) -> _Part:
    counts = read_counts(Path(material.characters)) if material.characters else None
    corpus = Corpus(read_columns(material.text), counts)
    codepoints = list(counts or map(int, corpus.codepoints_C))
    fonts = chosen_fonts(map(Path, material.fonts), without=material.hold_out_fonts)
    strokes = load_kmnist(Path(material.kmnist)) if material.kmnist else []
    atlas = build_atlas(fonts, codepoints, strokes)
    card: dict[str, object] = {
        "fonts": sorted({f"{font.name} ({font.licence})" for font in fonts}),
        "held_out_fonts": list(material.hold_out_fonts),
        "classes_without_glyph": [chr(c) for c in atlas.uncovered(codepoints)],
        "real_strokes": bool(strokes),
    }
    source = SyntheticSource(atlas, corpus)
    share = material.synthetic_share if material.labelled else 1.0
    return _Part([source], [share], codepoints, [], [source.digest], card)


def _open_labelled(material: TrainingMaterial) -> _Part:
    part = _Part([], [], [], [], [], {})
    total = sum(source.weight for source in material.labelled)
    for labelled in material.labelled:
        archive = open_labels(labelled.kind, labelled.root)
        split = split_by_book(archive.pages, fold=material.fold)
        if not split.training:
            raise ValueError(
                f"{labelled.root} holds pages of one book only, and fold {material.fold} keeps it "
                "for evaluation; add books, or train on it with another --fold or --all-books"
            )
        pages = LabelledPages(archive.store, split.training)
        part.sources.append(pages)
        part.weights.append((1 - material.synthetic_share) * labelled.weight / total)
        part.codepoints.extend(_codepoints_of(archive))
        part.seen.update(_occurrences(split.training))
        part.digests.append(pages.digest)
        examined = [page for page in split.validation if is_known(page)]
        if examined:
            part.held_out.append(HeldOutPages(archive.store, examined))
    if material.labelled:
        part.card["labelled_pages"] = [_describe(s) for s in material.labelled]
    return part


def is_known(page: LabelledPage) -> bool:
    """Whether every character of a page has a name: only then can a reading be scored."""
    return bool((page[1].codepoints_N >= 0).all())


def _describe(source: LabelledSource) -> str:
    return source.kind  # where it lies is nobody else's business


def _codepoints_of(archive: LabelledArchive) -> list[int]:
    """All code points of the labels, the most frequent first as the class list keeps them."""
    found = _occurrences(archive.pages)
    return sorted(found, key=lambda codepoint: (-found[codepoint], codepoint))


def _occurrences(pages: Iterable[LabelledPage]) -> Counter[int]:
    named = (labels.codepoints_N[labels.codepoints_N >= 0] for _, labels in pages)
    return Counter(codepoint for codepoints_N in named for codepoint in codepoints_N.tolist())


def read_columns(path: str | None) -> Sequence[str]:
    """Read column texts, one a line; without a path, those of the package."""
    if path is None:
        return DEFAULT_TEXT
    return [line.strip() for line in Path(path).read_text("utf-8").splitlines() if line.strip()]


def read_counts(path: Path) -> dict[int, int]:
    """Read how often each code point occurs, from the columns `unicode` and `count` of a CSV.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a column is missing or a cell holds something else.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"unicode", "count"} <= set(rows.fieldnames or ()):
            raise ValueError(
                f"{path.name} must have the columns unicode and count, has {rows.fieldnames}"
            )
        return {label_to_codepoint(row["unicode"]): int(row["count"]) for row in rows}
