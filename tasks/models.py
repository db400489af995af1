"""Finds a reader and its context by name: the built-in one, a file, or an object in a bucket."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

from model.artifact import ReaderArtifact, artifact_digest, unpack_artifact
from model.context import Context
from model.context_file import unpack_context
from tasks.object_store import ContainerNotFoundError, ObjectNotFoundError, open_store

BUILTIN = "builtin"
NO_CONTEXT = "none"


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A reader and its identity.

    Attributes:
        artifact: the reader.
        digest: identity, written on every row: SHA-256 of the artifact, or with a context that
            of both digests. So rows of one model with and without context, or with another text,
            weight or margin, never pass for each other.
        context: what re-ranks its unsure characters, if anything does.
        files: digests of the ``model`` and, where there is one, of the ``context``.
    """

    artifact: ReaderArtifact
    digest: str
    context: Context | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def load_model(name: str = BUILTIN) -> LoadedModel:
    """Load ``builtin`` or the ``model.safetensors`` at a path or ``s3://bucket/key``.

    Raises:
        FileNotFoundError: if there is nothing of that name.
        ArtifactError: if it is no artifact of a reader.
        StoreError: if the store refuses.
    """
    data = _builtin_bytes() if name == BUILTIN else read_object(name)
    digest = artifact_digest(data)
    return LoadedModel(unpack_artifact(data), digest, files={"model": digest})


def with_context(model: LoadedModel, name: str) -> LoadedModel:
    """Add ``builtin`` or the ``context.safetensors`` at a path or ``s3://bucket/key``; or ``none``.

    Raises:
        FileNotFoundError: if there is nothing of that name.
        ContextFileError: if it is no context.
        StoreError: if the store refuses.
    """
    if name == NO_CONTEXT:
        return model
    data = _builtin_context_bytes() if name == BUILTIN else read_object(name)
    context, _ = unpack_context(data)
    files = {"model": model.digest, "context": hashlib.sha256(data).hexdigest()}
    digest = hashlib.sha256("\0".join(files.values()).encode()).hexdigest()
    return LoadedModel(model.artifact, digest, context, files)


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


def _builtin_context_bytes() -> bytes:
    return resources.files("model.resources").joinpath("builtin/context.safetensors").read_bytes()
