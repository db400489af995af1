"""OpenVINO: the fastest dense maps on the processors that we measured."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from model.characters import FloatArray, ImageArray
from model.detector import CharacterDetector
from model.engines.exported_engine import ExportedEngine, NetworkFunction
from model.export import FEATURES, OUTPUTS, DenseMaps

_PRECISIONS = {torch.float32: "f32", torch.bfloat16: "bf16", torch.float16: "f16"}


def openvino_engine(
    detector: CharacterDetector,
    precision: torch.dtype,
    network: bytes | None = None,
    exported_as: str = "float32",
) -> ExportedEngine:
    """Open an engine that computes dense maps in OpenVINO, on as many threads as torch has.

    Args:
        detector: the trained network.
        precision: in which to compute; layers that were exported as int8 stay int8.
        network: an exported ONNX model; without it the detector is converted, in some seconds.
        exported_as: precision of the exported model, ``float32`` or ``int8``.
    """
    import openvino

    core = openvino.Core()
    model = _converted(detector) if network is None else core.read_model(network)
    settings = {
        "INFERENCE_PRECISION_HINT": _PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
    }
    # A compiled model computes all that it puts out: naming alone has one of its own.
    features = model.get_results()[OUTPUTS.index(FEATURES)]
    naming = openvino.Model([features], model.get_parameters())
    compiled = {
        OUTPUTS: core.compile_model(model, "CPU", settings),
        (FEATURES,): core.compile_model(naming, "CPU", settings),
    }
    computed_in = "int8" if exported_as == "int8" else str(precision).removeprefix("torch.")
    return ExportedEngine(f"openvino {computed_in}", _function(compiled), detector, precision)


def _function(compiled: Mapping[tuple[str, ...], Any]) -> NetworkFunction:
    def compute(image_BCHW: ImageArray, names: Sequence[str]) -> list[FloatArray]:
        outputs = compiled[tuple(names)](image_BCHW)
        return [np.asarray(outputs[number]) for number in range(len(names))]

    return compute


def _converted(detector: CharacterDetector) -> Any:  # noqa: ANN401 - untyped library
    import openvino

    dense = DenseMaps(detector).eval()
    example = dense.example()
    shape = openvino.PartialShape([-1, example.shape[1], -1, -1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # OpenVINO traces, which torch calls deprecated
        return openvino.convert_model(dense, example_input=example, input=shape)
