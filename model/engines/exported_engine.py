"""Computes the dense maps outside torch; classes at the centres stay with torch."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from model.characters import FloatArray, ImageArray
from model.detector import CharacterDetector, Maps
from model.engines.torch_engine import TorchEngine
from model.export import FEATURES, OUTPUTS
from model.page_batches import PIXELS_PER_CPU_BATCH

# Images (uint8, BCHW) and the names of maps to those maps, as exported.
NetworkFunction = Callable[[ImageArray, Sequence[str]], Sequence[FloatArray]]


class ExportedEngine:
    """Dense maps by another library on the processor, classes by torch.

    Args:
        name: of the library, with its precision.
        network: computes the dense maps that it is asked for.
        detector: the trained network, whose class head is used.
        precision: of the class head.
        pages_at_once: from how many threads ``network`` may be called at once.
    """

    def __init__(
        self,
        name: str,
        network: NetworkFunction,
        detector: CharacterDetector,
        precision: torch.dtype,
        pages_at_once: int = 1,
    ) -> None:
        self.name = name
        self.pixels_per_batch = PIXELS_PER_CPU_BATCH
        self.pages_at_once = pages_at_once
        self.threads = torch.get_num_threads()
        self._network = network
        self._classes = TorchEngine(detector, torch.device("cpu"), precision)

    def maps(self, image_BCHW: Tensor) -> Maps:
        """Compute the dense maps of images; see `Engine`."""
        return Maps(*self._computed(image_BCHW, OUTPUTS))

    def features(self, image_BCHW: Tensor) -> Tensor:
        """Compute what naming needs; see `Engine`."""
        [features_BCHW] = self._computed(image_BCHW, [FEATURES])
        return features_BCHW

    def classify(self, features_BCHW: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits of some boxes; see `Engine`."""
        return self._classes.classify(features_BCHW, boxes_N4, pages_N)

    def _computed(self, image_BCHW: Tensor, names: Sequence[str]) -> list[Tensor]:
        outputs = self._network(image_BCHW.contiguous().numpy(), names)
        return [torch.from_numpy(np.asarray(output, np.float32)) for output in outputs]
