"""The file format of a reader: safetensors plus JSON, named by its digest.

An artifact is one safetensors file whose metadata holds everything but the weights: configuration,
class list, thresholds, model card facts. Its SHA-256 is the model's identity on every row.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load, save

from model.character_set import CharacterSet
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.header import read_json_header

FORMAT_VERSION = 1


class ArtifactError(ValueError):
    """The bytes are no artifact of a reader that this version understands."""


@dataclass(frozen=True, slots=True, eq=False)
class ReaderArtifact:
    """A trained reader.

    Attributes:
        detector: the network with its weights, float32, in evaluation mode.
        characters: its classes.
        threshold: presence probability below which a character is not reported.
        card: facts of the model card (training data, licence, metrics), plain JSON values.
        offsets: what the class prior (`model.class_prior`) added to the bias of each class but the
            reject class, in logits; none if there was no prior.
    """

    detector: CharacterDetector
    characters: CharacterSet
    threshold: float
    card: dict[str, Any]
    offsets: tuple[float, ...] = ()


def artifact_digest(data: bytes) -> str:
    """Return the SHA-256 of an artifact's bytes, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def pack_artifact(artifact: ReaderArtifact) -> bytes:
    """Serialise a reader; weights are stored in half precision."""
    weights = {
        name: tensor.half().contiguous() if tensor.is_floating_point() else tensor.contiguous()
        for name, tensor in artifact.detector.state_dict().items()
    }
    header = {
        "format_version": FORMAT_VERSION,
        "configuration": artifact.detector.configuration.to_dict(),
        "codepoints": list(artifact.characters.codepoints),
        "threshold": artifact.threshold,
        "card": artifact.card,
        **({"offsets": artifact.offsets} if artifact.offsets else {}),
    }
    return save(weights, {"kuzushiji": json.dumps(header, ensure_ascii=False, sort_keys=True)})


def unpack_artifact(data: bytes) -> ReaderArtifact:
    """Build the reader that :func:`pack_artifact` serialised.

    Raises:
        ArtifactError: if the bytes are damaged, foreign, or of a newer format.
    """
    header = read_header(data)
    try:
        configuration = DetectorConfiguration.from_dict(header["configuration"])
        characters = CharacterSet(tuple(header["codepoints"]))
        with torch.device("meta"):  # no random weights that would be overwritten at once
            detector = CharacterDetector(configuration, characters.class_count)
        weights = {name: _full(tensor) for name, tensor in load(data).items()}
        detector.load_state_dict(weights, assign=True)
        threshold, card = float(header["threshold"]), dict(header["card"])
        offsets = tuple(map(float, header.get("offsets", ())))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ArtifactError(f"the model artifact does not fit its own header: {error}") from error
    return ReaderArtifact(detector.eval(), characters, threshold, card, offsets)


def read_header(data: bytes) -> dict[str, Any]:
    """Return the JSON header of an artifact.

    Raises:
        ArtifactError: if the bytes are damaged, foreign, or of a newer format.
    """
    try:
        return read_json_header(data, "kuzushiji", "model artifact", FORMAT_VERSION)
    except ValueError as error:
        raise ArtifactError(
            f"{error}; expected the model.safetensors that training wrote"
        ) from error


def _full(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
