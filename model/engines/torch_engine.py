"""Computes with torch itself: on every device, and nothing has to be exported for it."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from model.detector import CharacterDetector, Maps
from model.engines.folding import fold_affine_blocks, fold_batch_norms, split_small_pools
from model.engines.single_pass import join_heads, write_levels_beside
from model.engines.strips import compute_heads_in_strips, compute_stem_in_strips
from model.page_batches import PIXELS_PER_BATCH, PIXELS_PER_CPU_BATCH
from model.precision import autocast

PAGES_AT_ONCE = 8  # more would hold more maps in memory; further cores share in these pages


class TorchEngine:
    """A copy of the network that is prepared for reading.

    Batch norms and scales are folded and all layers but normalisations are held in ``precision``.
    The class head computes under autocast, with its results in float32.

    Args:
        detector: the trained network; it stays as it is.
        device: where to compute.
        precision: what :func:`model.precision.choose_precision` returned.
    """

    def __init__(
        self, detector: CharacterDetector, device: torch.device, precision: torch.dtype
    ) -> None:
        network = deepcopy(detector).eval().requires_grad_(requires_grad=False)
        fold_batch_norms(network)
        fold_affine_blocks(network)
        join_heads(network)
        write_levels_beside(network)
        if device.type == "cpu":
            split_small_pools(network)
            compute_stem_in_strips(network)
            compute_heads_in_strips(network)
        network = network.to(device).to(memory_format=torch.channels_last)
        for name, part in network.named_children():
            if name != "class_head":
                part.to(precision)
        for layer in network.class_head.modules():
            if isinstance(layer, nn.Linear):  # autocast would convert its weights for each page
                layer.to(precision)
        self._network = network
        self._device = device
        self._precision = precision
        self.name = f"torch {str(precision).removeprefix('torch.')}"
        on_cpu = device.type == "cpu"
        self.pixels_per_batch = PIXELS_PER_CPU_BATCH if on_cpu else PIXELS_PER_BATCH
        self.pages_at_once = PAGES_AT_ONCE if on_cpu else 1
        self.threads = torch.get_num_threads()

    def maps(self, image_BCHW: Tensor) -> Maps:
        """Compute the dense maps of images; see `Engine`."""
        maps: Maps = self._network(self._on_device(image_BCHW))
        return maps

    def features(self, image_BCHW: Tensor) -> Tensor:
        """Compute what naming needs; see `Engine`."""
        return self._network.features(self._on_device(image_BCHW))

    def _on_device(self, image_BCHW: Tensor) -> Tensor:
        if self._device.type == "cuda":  # from locked memory the copy runs beside the processor
            image_BCHW = image_BCHW.pin_memory()
        return image_BCHW.to(self._device, non_blocking=True)

    def classify(self, features_BCHW: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits of some boxes; see `Engine`."""
        with autocast(self._device, self._precision):
            return self._network.classify(features_BCHW, boxes_N4, pages_N).float()
