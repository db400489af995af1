"""OpenVINO: the fastest dense maps on the processors that we measured."""

import warnings
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any

import numpy as np
import torch

from model.characters import FloatArray, ImageArray
from model.detector import CharacterDetector
from model.engines.exported_engine import ExportedEngine
from model.engines.torch_engine import PAGES_AT_ONCE
from model.export import FEATURES, OUTPUTS, DenseMaps

_PRECISIONS = {torch.float32: "f32", torch.bfloat16: "bf16", torch.float16: "f16"}


def openvino_engine(
    detector: CharacterDetector,
    precision: torch.dtype,
    network: bytes | None = None,
    exported_as: str = "float32",
) -> ExportedEngine:
    """Open an engine that computes dense maps in OpenVINO, on as many threads as torch has.

    Pages are computed side by side, on threads of their own.

    Args:
        detector: the trained network.
        precision: in which to compute; layers that were exported as int8 stay int8.
        network: an exported ONNX model; without it the detector is converted, in some seconds.
        exported_as: precision of the exported model, ``float32`` or ``int8``.
    """
    openvino = import_openvino()
    core = openvino.Core()
    model = _converted(detector) if network is None else core.read_model(network)
    features = model.get_results()[OUTPUTS.index(FEATURES)]
    # A compiled model computes all that it puts out: naming alone has one of its own.
    naming = openvino.Model([features], model.get_parameters())
    pages_at_once = min(PAGES_AT_ONCE, torch.get_num_threads())
    settings = {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "NUM_STREAMS": pages_at_once,
    }
    requests = {
        OUTPUTS: _Requests(core.compile_model(model, "CPU", settings), pages_at_once),
        (FEATURES,): _Requests(core.compile_model(naming, "CPU", settings), pages_at_once),
    }

    def compute(image_BCHW: ImageArray, names: Sequence[str]) -> list[FloatArray]:
        return requests[tuple(names)].infer(image_BCHW)

    computed_in = "int8" if exported_as == "int8" else str(precision).removeprefix("torch.")
    return ExportedEngine(
        f"openvino {computed_in}", compute, detector, precision, pages_at_once=pages_at_once
    )


def import_openvino() -> Any:  # noqa: ANN401 - untyped library
    """Import the library so that threads can use it at once.

    What its first conversion of an element type sets up, two threads set up against each other: one
    waits for the other with the interpreter's lock, and the process stands still (2026.4.1).
    """
    import openvino

    openvino.Type.u8.to_dtype()
    return openvino


class _Requests:
    """A compiled model's requests, each lent to one thread at a time."""

    def __init__(self, compiled: Any, count: int) -> None:  # noqa: ANN401 - untyped library
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(count):
            self._free.put(compiled.create_infer_request())

    def infer(self, image_BCHW: ImageArray) -> list[FloatArray]:
        """Compute all outputs; they are copies, since the request is lent to others after."""
        request = self._free.get()
        try:
            outputs = request.infer([image_BCHW], share_inputs=True, share_outputs=False)
            return [np.asarray(output) for output in outputs.values()]
        finally:
            self._free.put(request)


def _converted(detector: CharacterDetector) -> Any:  # noqa: ANN401 - untyped library
    import openvino

    dense = DenseMaps(detector).eval()
    example = dense.example()
    shape = openvino.PartialShape([-1, example.shape[1], -1, -1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # OpenVINO traces, which torch calls deprecated
        return openvino.convert_model(dense, example_input=example, input=shape)
