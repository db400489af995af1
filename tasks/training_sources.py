"""Opens what a reader is trained on: fonts, texts, frequencies, real strokes, labelled pages."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.character_set import CharacterSet
from model.characters import label_to_codepoint
from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.fonts import FontSource
from tasks.challenge import read_labels
from tasks.fonts import SYSTEM_FOLDER, load_fonts, load_kmnist
from tasks.object_store import open_store
from tasks.training_data import CropSource, LabelledPages, SyntheticSource


@dataclass(frozen=True, slots=True)
class TrainingMaterial:
    """Where the material of a training run lies; see the command ``kuzushiji train``.

    Raises:
        ValueError: if labels come without images, or the other way round.
    """

    fonts: tuple[str, ...] = ()
    text: str | None = None
    characters: str | None = None
    kmnist: str | None = None
    hold_out_fonts: tuple[str, ...] = ()
    labels: str | None = None
    images: str | None = None
    synthetic_share: float = 0.5

    def __post_init__(self) -> None:
        if (self.labels is None) != (self.images is None):
            raise ValueError("labels and images belong together: give both or neither")


@dataclass(frozen=True, slots=True, eq=False)
class OpenedMaterial:
    """Sources with their shares, the class list, and what the model card says of them."""

    sources: tuple[CropSource, ...]
    weights: tuple[float, ...]
    characters: CharacterSet
    card: dict[str, object]


def open_material(material: TrainingMaterial) -> OpenedMaterial:
    """Read fonts, texts and labels.

    Raises:
        FileNotFoundError: if a font, a text or a scan is missing.
        ValueError: if a file does not have its format.
    """
    counts = _read_counts(Path(material.characters)) if material.characters else None
    corpus = Corpus(_read_columns(material.text), counts)
    characters = CharacterSet.of(counts or corpus.codepoints_C)
    fonts = chosen_fonts(map(Path, material.fonts), without=material.hold_out_fonts)
    strokes = load_kmnist(Path(material.kmnist)) if material.kmnist else []
    atlas = build_atlas(fonts, characters.codepoints, strokes)
    sources: list[CropSource] = [SyntheticSource(atlas, corpus)]
    weights = [1.0]
    if material.labels and material.images:
        labels = read_labels(Path(material.labels))
        sources.append(LabelledPages.match(open_store(material.images), labels))
        weights = [material.synthetic_share, 1 - material.synthetic_share]
    card: dict[str, object] = {
        "fonts": sorted({f"{font.name} ({font.licence})" for font in fonts}),
        "held_out_fonts": list(material.hold_out_fonts),
        "classes_without_glyph": [chr(c) for c in atlas.uncovered(characters.codepoints)],
        "real_strokes": bool(strokes),
    }
    return OpenedMaterial(tuple(sources), tuple(weights), characters, card)


def chosen_fonts(
    folders: Iterable[Path], *, without: Sequence[str] = (), only: Sequence[str] = ()
) -> list[FontSource]:
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


def _read_columns(path: str | None) -> Sequence[str]:
    if path is None:
        return DEFAULT_TEXT
    return [line.strip() for line in Path(path).read_text("utf-8").splitlines() if line.strip()]


def _read_counts(path: Path) -> dict[int, int]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"unicode", "count"} <= set(rows.fieldnames or ()):
            raise ValueError(
                f"{path.name} must have the columns unicode and count, has {rows.fieldnames}"
            )
        return {label_to_codepoint(row["unicode"]): int(row["count"]) for row in rows}
