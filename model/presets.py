"""Complete configurations by name."""

from model.configuration import DetectorConfiguration


def builtin() -> DetectorConfiguration:
    """The light reader that runs anywhere; its trained weights come with the package."""
    return DetectorConfiguration()


def fifth_place() -> DetectorConfiguration:
    """The network of the challenge's fifth place (see-- 2019), classes computed only at centres.

    ResNet-101d, a feature pyramid of 256 whose four levels each add 128 channels to the map at
    stride 4, a 3 x 3 class embedding of 512. Its one addition is the size head, a single
    convolution: the original predicts centres without boxes.
    """
    return DetectorConfiguration(
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


PRESETS = {"builtin": builtin, "fifth-place": fifth_place}
