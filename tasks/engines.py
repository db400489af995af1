"""Chooses what computes a reader's network, by name or by what the machine has."""

from importlib.util import find_spec

import torch

from model.engines import Engine, TorchEngine
from model.engines.onnxruntime_engine import onnxruntime_engine
from model.engines.openvino_engine import openvino_engine
from model.precision import choose_device, choose_precision
from tasks.model_export import ExportedModelError, read_facts
from tasks.models import LoadedModel, read_object
from tasks.processor import prepare_processor

TORCH, OPENVINO, ONNXRUNTIME = "torch", "openvino", "onnxruntime"
# Converting the built-in model takes OpenVINO some 3 s: benchmarks/peers.py measures it, and what a
# page then takes less than with torch.
PAGES_WORTH_CONVERTING = 200
EXTRAS = {OPENVINO: "openvino", ONNXRUNTIME: "onnx"}
MODULES = {"openvino": "openvino", "onnx": "onnxruntime"}  # what tells that an extra is there


class EngineUnavailableError(RuntimeError):
    """An engine was asked for that is not installed or does not compute on the device."""


def open_engine(name: str, model: LoadedModel, device_name: str = "auto", pages: int = 0) -> Engine:
    """Open an engine by its name.

    Args:
        name: ``auto``, ``torch``, ``openvino``, or ``openvino:FILE`` or ``onnxruntime:FILE``
            with the location of a network that `tasks.model_export` wrote. ``auto`` is OpenVINO
            on a processor where it is installed and ``PAGES_WORTH_CONVERTING`` are to be read,
            else torch.
        model: the reader.
        device_name: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        pages: how many are to be read.

    Raises:
        EngineUnavailableError: if it is not installed or does not compute on the device.
        ExportedModelError: if the file is no network of this reader.
        FileNotFoundError: if there is no file.
        ValueError: if the name is none of these.
    """
    device = choose_device(device_name)
    precision = choose_precision(device)
    library, location = resolve_engine(name, device, pages)
    if device.type == "cpu":
        prepare_processor()
    detector = model.artifact.detector
    if library == TORCH:
        return TorchEngine(detector, device, precision)
    if location is None:
        return openvino_engine(detector, precision)
    network = read_object(location)
    exported_as = _precision_of(network, location, model)
    if library == ONNXRUNTIME:
        return onnxruntime_engine(detector, precision, network, exported_as)
    return openvino_engine(detector, precision, network, exported_as)


def resolve_engine(name: str, device: torch.device, pages: int = 0) -> tuple[str, str | None]:
    """Split an engine's name into library and file; ``auto`` is decided here, see `open_engine`.

    Raises:
        EngineUnavailableError: if it is not installed or does not compute on the device.
        ValueError: if it is no engine's name.
    """
    library, _, location = name.partition(":")
    if name == "auto":
        pays = device.type == "cpu" and pages >= PAGES_WORTH_CONVERTING
        library = OPENVINO if pays and _is_installed(OPENVINO) else TORCH
    known = library in (TORCH, OPENVINO, ONNXRUNTIME)
    if not known or (library == TORCH and location) or (library == ONNXRUNTIME and not location):
        raise ValueError(
            "engine must be auto, torch, openvino, openvino:FILE or onnxruntime:FILE with a file "
            f"that kuzushiji export-model wrote, got {name!r}"
        )
    needed = {EXTRAS[library]} if library != TORCH else set()
    needed |= {"onnx"} if location else set()
    if missing := sorted(extra for extra in needed if not _is_installed(MODULES[extra])):
        raise EngineUnavailableError(
            f"engine {name} is not installed; pip install 'kuzushiji-archive[{','.join(missing)}]'"
        )
    if library != TORCH and device.type != "cpu":
        raise EngineUnavailableError(
            f"engine {library} computes on the processor, got device {device}; "
            "ask for --device cpu or --engine torch"
        )
    return library, location or None


def _is_installed(library: str) -> bool:
    return find_spec(library) is not None


def _precision_of(network: bytes, location: str, model: LoadedModel) -> str:
    facts = read_facts(network)
    reads = model.files.get("model", model.digest)  # a context changes no network
    if facts.digest != reads:
        raise ExportedModelError(
            f"{location} was exported from model {facts.digest[:12]}, this is {reads[:12]}; "
            "export the model that reads"
        )
    return facts.precision
