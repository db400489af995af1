"""What a reader is trained to minimise, as a validated configuration."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

HeatmapTarget = Literal["box", "radius", "cells"]
HeatmapLoss = Literal["focal", "bce", "mse"]


@dataclass(frozen=True, slots=True)
class LossConfiguration:
    """The terms of the loss; docs/ablations.md tells what each choice is worth.

    Attributes:
        heatmap_target: how a character is drawn on the target: a Gaussian as wide and as high as
            its box asks, a round Gaussian of CenterNet's radius, or its 3 x 3 cells.
        heatmap_loss: CenterNet's penalty-reduced focal loss, binary cross-entropy with the soft
            target, or the squared error.
        size_window: the size is learnt in so many cells by as many around each centre; odd.
        size_weight: weight of the size term.
        class_weight: weight of the class term.
        label_smoothing: probability shared among the classes that are not the true one.
        rejects_per_image: false peaks shown to the class head as class "reject", per crop and step.

    Raises:
        ValueError: if a value is out of its range.
    """

    heatmap_target: HeatmapTarget = "box"
    heatmap_loss: HeatmapLoss = "focal"
    size_window: int = 3
    size_weight: float = 0.5
    class_weight: float = 1.0
    label_smoothing: float = 0.05
    rejects_per_image: int = 12

    def __post_init__(self) -> None:
        if self.heatmap_target not in ("box", "radius", "cells"):
            raise ValueError(
                f"heatmap_target must be box, radius or cells, got {self.heatmap_target!r}"
            )
        if self.heatmap_loss not in ("focal", "bce", "mse"):
            raise ValueError(f"heatmap_loss must be focal, bce or mse, got {self.heatmap_loss!r}")
        if self.size_window < 1 or self.size_window % 2 == 0:
            raise ValueError(f"size_window must be odd and positive, got {self.size_window}")
        if self.size_weight < 0 or self.class_weight < 0 or self.rejects_per_image < 0:
            raise ValueError("size_weight, class_weight and rejects_per_image must be 0 or more")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing must lie in [0, 1), got {self.label_smoothing}")

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the configuration from plain JSON values.

        Raises:
            ValueError: if a key is unknown or a value is out of its range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown keys in the loss configuration: {sorted(unknown)}")
        return cls(**values)
