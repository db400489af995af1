"""What a detector costs: parameters, and multiply-accumulate operations for an image."""

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector

CHALLENGE_CLASSES = 4213  # 4,212 characters and the reject class
PAGE_SIDE = 1536  # the fifth place's input, pixels


@dataclass(frozen=True, slots=True)
class Cost:
    """What a detector costs.

    Attributes:
        parameters: weights and biases.
        operations: multiply-accumulates of the dense maps of one image; classes at some hundred
            centres add less than 1 %.
    """

    parameters: int
    operations: int


def detector_cost(
    configuration: DetectorConfiguration, side: int = PAGE_SIDE, classes: int = CHALLENGE_CLASSES
) -> Cost:
    """Count without computing: the network is built of tensors that have shapes and no values.

    Args:
        configuration: the architecture.
        side: of the square image in pixels, a multiple of 32.
        classes: the reject class included.
    """
    with torch.device("meta"):
        detector = CharacterDetector(configuration, classes).eval()
        image = torch.empty((1, configuration.input_channels, side, side), dtype=torch.uint8)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        detector(image)
    parameters = sum(parameter.numel() for parameter in detector.parameters())
    return Cost(parameters, counter.get_total_flops() // 2)
