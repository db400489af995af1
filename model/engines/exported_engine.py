"""Computes the dense maps outside torch; classes at the centres stay with torch."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from model.characters import FloatArray, ImageArray
from model.detector import CharacterDetector, Maps
from model.engines.torch_engine import TorchEngine
from model.page_batches import PIXELS_PER_CPU_BATCH

# Images (uint8, BCHW) to heat map (B1HW), log sizes, fine and coarse features, as exported.
NetworkFunction = Callable[[ImageArray], Sequence[FloatArray]]


class ExportedEngine:
    """Dense maps by another library on the processor, classes by torch.

    Args:
        name: of the library, with its precision.
        network: computes the dense maps.
        detector: the trained network, whose class head is used.
        precision: of the class head.
    """

    def __init__(
        self,
        name: str,
        network: NetworkFunction,
        detector: CharacterDetector,
        precision: torch.dtype,
    ) -> None:
        self.name = name
        self.pixels_per_batch = PIXELS_PER_CPU_BATCH
        self.pages_at_once = 1  # the library has threads of its own
        self.threads = torch.get_num_threads()
        self._network = network
        self._classes = TorchEngine(detector, torch.device("cpu"), precision)

    def maps(self, image_BCHW: Tensor) -> Maps:
        """Compute the dense maps of images; see `Engine`."""
        outputs = self._network(image_BCHW.contiguous().numpy())
        heatmap, log_size, fine, coarse = (
            torch.from_numpy(np.asarray(output, np.float32)) for output in outputs
        )
        return Maps(heatmap, log_size, fine, coarse)

    def classify(self, maps: Maps, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits of some boxes; see `Engine`."""
        return self._classes.classify(maps, boxes_N4, pages_N)
