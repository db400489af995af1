"""Finds a reader and its context by name, for everything that takes a model.

``builtin``, ``champion`` (``champion:COLLECTION``) or the digits that begin a digest, both of the
registry that ``KUZUSHIJI_MODELS`` names, else the path or ``s3://bucket/key`` of an artifact.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

from model.artifact import ReaderArtifact, artifact_digest, unpack_artifact
from model.context import Context
from model.context_file import unpack_context
from tasks.champion_log import DEFAULT
from tasks.champions import Champions
from tasks.object_store import ContainerNotFoundError, ObjectNotFoundError, open_store
from tasks.registry import Registry

BUILTIN = "builtin"
REGISTRY = "KUZUSHIJI_MODELS"
NO_CONTEXT = "none"
_CHAMPION = re.compile(r"champion(?::(.+))?", re.DOTALL)
_DIGITS = re.compile(r"[0-9a-f]{4,64}")


class NoRegistryError(FileNotFoundError):
    """Nobody says where the registry lies."""


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
    """Load a reader.

    Args:
        name: see this module; to name a file ``abcdef``, write ``./abcdef``.

    Raises:
        FileNotFoundError: if there is nothing of that name.
        ArtifactError: if it is no artifact of a reader.
        ValueError: if several models are meant, or the registry is damaged.
        StoreError: if the store refuses.
    """
    data = read_model(name)
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


def read_model(name: str) -> bytes:
    """Read a reader's artifact; parameters and errors as `load_model`, which unpacks it."""
    if name == BUILTIN:
        return _builtin_bytes()
    pinned = pinned_name(name)
    return open_registry().get(pinned) if _DIGITS.fullmatch(pinned) else read_object(pinned)


def pinned_name(name: str) -> str:
    """Return what goes on naming a model that is champion now, its digest; other names stay.

    Raises:
        NoRegistryError, NoChampionError, StoreError: if no champion can be found.
    """
    champion = _CHAMPION.fullmatch(name)
    return Champions(open_registry()).of(champion[1] or DEFAULT) if champion else name


def model_digits(name: str) -> str:
    """Return the digits that begin the digest of a model.

    Digits stand for themselves: a model that has read an archive need not be kept in a registry.

    Raises:
        As `load_model`.
    """
    return name if _DIGITS.fullmatch(name) else artifact_digest(read_model(name))


def open_registry(*, create: bool = False) -> Registry:
    """Open the registry that the environment names.

    Names of models reach flows on any worker and processes that train, as AWS's own settings do.

    Args:
        create: make a missing folder.

    Raises:
        NoRegistryError: if the environment names none.
        StoreError: if it is not there or refuses.
    """
    location = os.environ.get(REGISTRY)
    if not location:
        raise NoRegistryError(
            f"models by digest and champions lie in a registry; set {REGISTRY} to its folder or "
            "s3://bucket/prefix"
        )
    return Registry(open_store(location, create=create))


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
