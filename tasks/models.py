"""Finds a reader by name: the built-in one, a file, or an object in a bucket."""

from dataclasses import dataclass
from importlib import resources

from model.artifact import ReaderArtifact, artifact_digest, unpack_artifact
from tasks.object_store import ContainerNotFoundError, ObjectNotFoundError, open_store

BUILTIN = "builtin"


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A reader and its identity.

    Attributes:
        artifact: the reader.
        digest: SHA-256 of the artifact, written on every row.
    """

    artifact: ReaderArtifact
    digest: str


def load_model(name: str = BUILTIN) -> LoadedModel:
    """Load ``builtin`` or the ``model.safetensors`` at a path or ``s3://bucket/key``.

    Raises:
        FileNotFoundError: if there is nothing of that name.
        ArtifactError: if it is no artifact of a reader.
        StoreError: if the store refuses.
    """
    data = _builtin_bytes() if name == BUILTIN else read_object(name)
    return LoadedModel(unpack_artifact(data), artifact_digest(data))


def read_object(location: str) -> bytes:
    """Read one file or object by its full location.

    Raises:
        FileNotFoundError: if it is missing.
        StoreError: if the store refuses.
    """
    folder, _, key = location.rpartition("/")
    if not key:
        raise FileNotFoundError(f"expected a file or an object, got the folder {location}")
    try:
        return open_store(folder or ("/" if location.startswith("/") else ".")).get(key)
    except (ObjectNotFoundError, ContainerNotFoundError) as error:
        raise FileNotFoundError(f"there is no file or object {location}") from error


def _builtin_bytes() -> bytes:
    return resources.files("model.resources").joinpath("builtin/model.safetensors").read_bytes()
