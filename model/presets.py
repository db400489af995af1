"""Complete configurations by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model.configuration import DetectorConfiguration
from model.loss_configuration import LossConfiguration
from model.training_configuration import TrainingConfiguration


@dataclass(frozen=True, slots=True)
class Preset:
    """A reader and how it is trained.

    Attributes:
        detector: the architecture.
        training: steps, rates, losses.
        synthetic_share: share of synthetic crops where there are labelled pages too.
    """

    detector: DetectorConfiguration
    training: TrainingConfiguration
    synthetic_share: float = 0.5


def builtin() -> Preset:
    """The light reader that runs anywhere; its trained weights come with the package."""
    return Preset(DetectorConfiguration(), TrainingConfiguration())


def base() -> Preset:
    """A modern backbone for one GPU: ConvNeXt-T (Liu et al. 2022), colour, wider heads.

    At 1536 x 1536 it takes 276 GMAC, 29 % of the fifth place's 947.
    """
    detector = DetectorConfiguration(
        backbone="convnext_tiny",
        input_channels=3,
        fpn_channels=192,
        head_channels=96,
        embedding_channels=512,
        dropout=0.2,
        character_size=40.0,
    )
    training = TrainingConfiguration(
        steps=60_000, batch_size=16, learning_rate=2e-4, weight_decay=0.05, warmup_steps=1000
    )
    return Preset(detector, training)


def fifth_place() -> Preset:
    """The challenge's fifth place (see-- 2019), classes computed only at centres.

    ResNet-101d, a feature pyramid of 256 whose four levels each add 128 channels to the map at
    stride 4, a 3 x 3 class embedding of 512; soft 3 x 3 targets and binary cross-entropy, the
    classes weighted 0.1, 125 epochs of 3,605 pages, eight crops a step, no synthesis. It adds a
    size head of one convolution (the original predicts centres without boxes), blank pages are
    trained on, and where targets of neighbours meet the larger value stays (the original
    overwrites).
    """
    detector = DetectorConfiguration(
        backbone="resnet101d",
        input_channels=3,
        fpn_channels=256,
        level_channels=128,
        head_channels=0,
        class_sampling="cells",
        embedding_channels=512,
        dropout=0.5,
        character_size=48.0,  # a 1536 px page of about 190 characters
    )
    steps = 125 * 3605 // 8
    training = TrainingConfiguration(
        steps=steps,
        batch_size=8,
        learning_rate=5e-5,
        weight_decay=1e-4,
        warmup_steps=round(0.03 * steps),
        losses=LossConfiguration(
            heatmap_target="cells",
            heatmap_loss="bce",
            class_weight=0.1,
            label_smoothing=0.0,
            rejects_per_image=0,
        ),
    )
    return Preset(detector, training, synthetic_share=0.0)


PRESETS: Mapping[str, Callable[[], Preset]] = {
    "builtin": builtin,
    "base": base,
    "fifth-place": fifth_place,
}


def preset_of(detector: DetectorConfiguration) -> str:
    """Name the preset of an architecture.

    Raises:
        ValueError: if none has it.
    """
    for name, preset in PRESETS.items():
        if preset().detector == detector:
            return name
    raise ValueError(f"none of the presets {', '.join(PRESETS)} has the architecture {detector}")
