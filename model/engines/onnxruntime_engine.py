"""ONNX Runtime: small, and everywhere; it computes what `kuzushiji export-model` wrote."""

from collections.abc import Sequence

import torch

from model.characters import FloatArray, ImageArray
from model.detector import CharacterDetector
from model.engines.exported_engine import ExportedEngine
from model.export import INPUT


def onnxruntime_engine(
    detector: CharacterDetector, precision: torch.dtype, network: bytes, exported_as: str
) -> ExportedEngine:
    """Open an engine that computes dense maps in ONNX Runtime, on as many threads as torch has.

    Args:
        detector: the trained network.
        precision: of the class head; the dense maps are computed as they were exported.
        network: an exported ONNX model.
        exported_as: its precision, ``float32`` or ``int8``.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])

    run = onnxruntime.RunOptions()
    run.only_execute_path_to_fetches = True

    def compute(image_BCHW: ImageArray, names: Sequence[str]) -> list[FloatArray]:
        outputs: list[FloatArray] = session.run(list(names), {INPUT: image_BCHW}, run)
        return outputs

    return ExportedEngine(f"onnxruntime {exported_as}", compute, detector, precision)
