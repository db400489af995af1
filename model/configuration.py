"""The validated configuration of a reader, saved with its weights."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

ClassSampling = Literal["box", "cells"]
ClassLogits = Literal["linear", "cosine"]
STRIDE = 4  # pixels of the network's input per heat-map cell


@dataclass(frozen=True, slots=True)
class DetectorConfiguration:
    """Architecture of a :class:`model.detector.CharacterDetector`.

    Attributes:
        backbone: timm name of a backbone with features at strides 4, 8, 16 and 32.
        input_channels: 1 reads the red channel, which hides most seals; 3 reads RGB.
        fpn_channels: width of the feature pyramid.
        level_channels: width of the branch that every pyramid level adds to the final map
            (Kirillov et al. 2017); 0 uses the finest level alone.
        head_channels: hidden width of the heat-map and size heads; 0 for a single convolution.
        class_sampling: where the class head reads features: on a 5 x 5 grid over the character's
            box, or in the 3 x 3 cells around its centre (the fifth-place network).
        embedding_channels: width of the class embedding.
        class_logits: a linear layer, or scaled cosines (L2-normalised softmax).
        dropout: probability of dropping an embedding channel in training.
        character_size: the side in pixels at which the reader sees characters best.

    Raises:
        ValueError: if a value is out of its range.
    """

    backbone: str = "hgnetv2_b0"
    input_channels: int = 1
    fpn_channels: int = 96
    level_channels: int = 0
    head_channels: int = 32
    class_sampling: ClassSampling = "box"
    embedding_channels: int = 384
    class_logits: ClassLogits = "linear"
    dropout: float = 0.0
    character_size: float = 28.0

    def __post_init__(self) -> None:
        if self.input_channels not in (1, 3):
            raise ValueError(f"input_channels must be 1 or 3, got {self.input_channels}")
        if self.class_sampling not in ("box", "cells"):
            raise ValueError(f"class_sampling must be box or cells, got {self.class_sampling!r}")
        if self.class_logits not in ("linear", "cosine"):
            raise ValueError(f"class_logits must be linear or cosine, got {self.class_logits!r}")
        if self.fpn_channels < 1 or self.embedding_channels < 1:
            raise ValueError("fpn_channels and embedding_channels must be at least 1")
        if self.level_channels < 0 or self.head_channels < 0:
            raise ValueError("level_channels and head_channels must be 0 or more")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie in [0, 1), got {self.dropout}")
        if not 8 <= self.character_size <= 256:  # noqa: PLR2004 - 2 and 64 heat-map cells
            raise ValueError(f"character_size must lie in 8 .. 256, got {self.character_size}")

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
            raise ValueError(f"unknown keys in the detector configuration: {sorted(unknown)}")
        return cls(**values)
