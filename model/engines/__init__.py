"""What runs the network on a batch of images: torch, ONNX Runtime or OpenVINO."""

from model.engines.engine import Engine
from model.engines.exported_engine import ExportedEngine
from model.engines.torch_engine import TorchEngine

__all__ = ["Engine", "ExportedEngine", "TorchEngine"]
