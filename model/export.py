"""The dense part of a reader's network as an ONNX model."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor, nn

from model.detector import CharacterDetector

INPUT = "image"
FEATURES = "features"
OUTPUTS = ("heatmap", "log_size", FEATURES)
EXAMPLE_SIDE = 128  # pixels; the exported model takes every multiple of 32


class DenseMaps(nn.Module):
    """The network without its class head, with a tuple in place of `Maps`."""

    def __init__(self, detector: CharacterDetector) -> None:
        super().__init__()
        self.detector = deepcopy(detector).eval().cpu().to(memory_format=torch.contiguous_format)

    def forward(self, image_BCHW: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute heat map, log sizes and features."""
        maps = self.detector(image_BCHW)
        return maps.heatmap_BHW, maps.log_size_B2HW, maps.features_BCHW

    def example(self) -> Tensor:
        """An image that the network takes."""
        channels = self.detector.configuration.input_channels
        return torch.zeros((2, channels, EXAMPLE_SIDE, EXAMPLE_SIDE), dtype=torch.uint8)


@contextmanager
def _silent(logger_name: str) -> Iterator[None]:
    """Let a logger tell errors only, for a while."""
    logger = logging.getLogger(logger_name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def detector_to_onnx(detector: CharacterDetector) -> bytes:
    """Export the dense part: ``image`` (uint8, BCHW) to the three maps, all sizes dynamic.

    Args:
        detector: the trained network, float32.

    Returns:
        The serialised ONNX model.

    Raises:
        RuntimeError: if this torch exports nothing.
    """
    dense = DenseMaps(detector).eval()
    dynamic = torch.export.Dim.DYNAMIC
    with warnings.catch_warnings(), _silent("torch.onnx"):
        warnings.simplefilter("ignore")  # the exporter's remarks about its own dependencies
        program = torch.onnx.export(
            dense,
            (dense.example(),),
            dynamo=True,
            dynamic_shapes=({0: dynamic, 2: dynamic, 3: dynamic},),
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing; use a torch that knows dynamo=True")
    return bytes(program.model_proto.SerializeToString())
