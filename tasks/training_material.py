"""What a reader is trained on, named but not yet opened: fonts, texts, strokes, labelled pages."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class LabelledSource:
    """Labelled pages.

    Attributes:
        kind: how the labels are written, one of `tasks.label_sources.KINDS`.
        root: folder or s3://bucket/prefix that holds them.
        weight: share among the labelled sources, in any unit.

    Raises:
        ValueError: if the weight is not positive.
    """

    kind: str
    root: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise ValueError(f"weight of {self.root} must be positive, got {self.weight}")


@dataclass(frozen=True, slots=True)
class TrainingMaterial:
    """Where the material of a training run lies; see the command ``kuzushiji train``.

    Attributes:
        fonts: folders of fonts; none searches the system's.
        text: column texts for synthesis, one a line; None takes the package's.
        characters: CSV ``unicode,char,count`` of classes and frequencies.
        kmnist: folder of KMNIST's npz files, whose strokes synthesis writes with.
        hold_out_fonts: names of fonts kept for evaluation.
        labelled: labelled pages.
        synthetic_share: share of synthetic crops where there are labelled pages too.
        fold: every fifth book, from this number on, is kept for evaluation
            (`tasks.label_sources.split_by_book`); None keeps none.

    Raises:
        ValueError: if a value is out of its range.
    """

    fonts: tuple[str, ...] = ()
    text: str | None = None
    characters: str | None = None
    kmnist: str | None = None
    hold_out_fonts: tuple[str, ...] = ()
    labelled: tuple[LabelledSource, ...] = ()
    synthetic_share: float = 0.5
    fold: int | None = 0

    def __post_init__(self) -> None:
        if not 0 <= self.synthetic_share <= 1:
            raise ValueError(f"synthetic_share must lie in [0, 1], got {self.synthetic_share}")

    @property
    def synthesizes(self) -> bool:
        """Whether any crop is synthetic."""
        return not self.labelled or self.synthetic_share > 0

    def to_dict(self) -> dict[str, Any]:
        """Return the material as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the material from plain JSON values."""
        return cls(
            **{
                **values,
                "fonts": tuple(values["fonts"]),
                "hold_out_fonts": tuple(values["hold_out_fonts"]),
                "labelled": tuple(LabelledSource(**source) for source in values["labelled"]),
            }
        )
