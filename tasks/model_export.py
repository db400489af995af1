"""Exports a reader's dense network as ONNX files for other engines, bound to the reader's digest.

``network.onnx`` computes in float32. ``network-int8.onnx`` has its convolutions in int8, their
ranges measured on pages of an archive: pages that look like those to be read. What that
costs of F1 ``python benchmarks/engines.py`` measures; it is never chosen unasked.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from model.characters import ImageArray
from model.export import INPUT, OUTPUTS, detector_to_onnx
from model.page_batches import channels_of, pad, padded_shape
from model.page_scale import READING_SIDES
from model.reduction import reduce
from tasks.fetch import FailedPage, fetch_page
from tasks.models import LoadedModel
from tasks.object_store import ObjectStore
from tasks.scans import list_scans

METADATA_KEY = "kuzushiji"
CALIBRATION_PAGES = 8  # of the demo archive 8 pages gave F1 0.823, 16 gave 0.819
# HGNetV2's first convolutions stay in float32: in int8 they cost up to eight points of F1.
STEM = 5
CALIBRATION_SIDE = READING_SIDES[len(READING_SIDES) // 2]
FILES = {"float32": "network.onnx", "int8": "network-int8.onnx"}

ExportPrecision = Literal["float32", "int8"]


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """What an exported network says of itself.

    Attributes:
        digest: of the reader that it is a part of.
        precision: ``float32`` or ``int8``.
        calibration: keys of the pages on which int8 ranges were measured.
    """

    digest: str
    precision: ExportPrecision
    calibration: tuple[str, ...] = ()


class ExportedModelError(ValueError):
    """The bytes are no network that `export_network` wrote, or one of another reader."""


def export_network(model: LoadedModel, output: ObjectStore) -> str:
    """Write ``network.onnx``; returns its key. It takes some 15 s."""
    facts = ExportFacts(model.digest, "float32")
    return _write(output, detector_to_onnx(model.artifact.detector), facts)


def export_int8(
    model: LoadedModel,
    archive: ObjectStore,
    output: ObjectStore,
    pages: int = CALIBRATION_PAGES,
) -> str:
    """Write ``network-int8.onnx``, calibrated on an archive; returns its key.

    Args:
        model: the reader.
        archive: where calibration pages come from, spread evenly over its listing.
        output: holds what `export_network` wrote, and gets the other.
        pages: how many.

    Raises:
        FileNotFoundError: if the archive has no readable page.
    """
    channels = model.artifact.detector.configuration.input_channels
    images = dict(islice(_calibration_images(archive, channels, pages), pages))
    if not images:
        raise FileNotFoundError(
            f"there is no readable page in {archive.location} to measure int8 ranges on"
        )
    network = _quantised(output.get(FILES["float32"]), list(images.values()))
    return _write(output, network, ExportFacts(model.digest, "int8", tuple(images)))


def read_facts(network: bytes) -> ExportFacts:
    """Return what an exported network says of itself.

    Raises:
        ExportedModelError: if `export_network` or `export_int8` did not write it.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        properties = onnx.load_from_string(network).metadata_props
        values = json.loads(next(it.value for it in properties if it.key == METADATA_KEY))
        outputs, calibration = tuple(values["outputs"]), tuple(values["calibration"])
        facts = ExportFacts(values["digest"], values["precision"], calibration)
    except (DecodeError, StopIteration, KeyError, TypeError, ValueError) as error:
        raise ExportedModelError(
            "not a network that this kuzushiji export-model wrote; export the model again"
        ) from error
    if outputs != OUTPUTS:
        raise ExportedModelError("another version exported this network; export the model again")
    return facts


def _write(output: ObjectStore, network: bytes, facts: ExportFacts) -> str:
    import onnx

    model = onnx.load_from_string(network)
    values = {
        "digest": facts.digest,
        "precision": facts.precision,
        "calibration": list(facts.calibration),
        "outputs": OUTPUTS,
    }
    onnx.helper.set_model_props(model, {METADATA_KEY: json.dumps(values, ensure_ascii=False)})
    key = FILES[facts.precision]
    output.put(key, model.SerializeToString())
    return key


def _calibration_images(
    archive: ObjectStore, channels: int, pages: int
) -> Iterator[tuple[str, ImageArray]]:
    scans = list(list_scans(archive))
    for scan in scans[:: max(1, len(scans) // pages)]:
        fetched = fetch_page(archive, scan, CALIBRATION_SIDE)
        if isinstance(fetched, FailedPage):
            continue
        image = reduce(channels_of(fetched.page.image_HW3, channels), CALIBRATION_SIDE)
        padded = pad(image, *padded_shape([image.shape[:2]]))[None]
        yield scan.key, np.ascontiguousarray(padded.transpose(0, 3, 1, 2))


def _quantised(network: bytes, images: Sequence[ImageArray]) -> bytes:
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Pages(CalibrationDataReader):  # type: ignore[misc]  # untyped library
        """Feeds the pages one by one."""

        def __init__(self) -> None:
            self._images = iter(images)

        def get_next(self) -> dict[str, Any] | None:
            image = next(self._images, None)
            return None if image is None else {INPUT: image}

    model = onnx.load_from_string(network)
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        quantize_static(
            model,
            path,
            Pages(),
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=convolutions[:STEM],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return path.read_bytes()
