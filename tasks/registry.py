"""The models of an institution in an object store, named by their bytes.

artifacts/DIGEST.safetensors         a model
champions/COLLECTION/NUMBER.json     see `tasks.champion_log`
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from model.artifact import artifact_digest, read_header
from tasks.object_store import ObjectInfo, ObjectStore

_ARTIFACTS = "artifacts/"
_KEY = re.compile(re.escape(_ARTIFACTS) + r"([0-9a-f]{64})\.safetensors")


class UnknownModelError(FileNotFoundError):
    """The registry holds no such model."""


class AmbiguousModelError(ValueError):
    """Several models begin with the digits given."""


class DamagedModelError(ValueError):
    """The bytes of a model are not those that its digest names."""


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model in the registry.

    Attributes:
        digest: SHA-256 of its bytes.
        info: its object.
    """

    digest: str
    info: ObjectInfo


@dataclass(frozen=True, slots=True)
class Registry:
    """Models in one store."""

    store: ObjectStore

    def models(self, digits: str = "") -> Iterator[StoredModel]:
        """List the models whose digest begins with some digits."""
        for info in self.store.list(_ARTIFACTS + digits):
            if match := _KEY.fullmatch(info.key):
                yield StoredModel(match[1], info)

    def add(self, data: bytes) -> str:
        """Keep a model; one that is there already is left, or repaired if it is damaged.

        Returns:
            Its digest.

        Raises:
            ArtifactError: if the bytes are no model.
        """
        read_header(data)
        digest = artifact_digest(data)
        key = f"{_ARTIFACTS}{digest}.safetensors"
        if not self.store.put_if_absent(key, data) and self.store.get(key) != data:
            self.store.put(key, data)
        return digest

    def find(self, digits: str) -> str:
        """Complete a digest from its first digits.

        Raises:
            UnknownModelError: if there is no such model.
            AmbiguousModelError: if there are several.
        """
        found = [model.digest for model in self.models(digits)]
        if not found:
            raise UnknownModelError(
                f"{self.store.location} holds no model {digits}; see `kuzushiji models list`, or "
                "put it there with `kuzushiji models add`"
            )
        if len(found) > 1:
            raise AmbiguousModelError(
                f"{digits} must begin the digest of one model, it begins those of "
                f"{', '.join(digest[:12] for digest in found[:5])}; give more digits"
            )
        return found[0]

    def get(self, digits: str) -> bytes:
        """Read the model with that digest, or the only one that begins with these digits.

        Raises:
            UnknownModelError, AmbiguousModelError: as `find`.
            DamagedModelError: if the bytes are not the digest's.
        """
        digest = self.find(digits)
        data = self.store.get(f"{_ARTIFACTS}{digest}.safetensors")
        if artifact_digest(data) != digest:
            raise DamagedModelError(
                f"the bytes of model {digest[:12]} in {self.store.location} are damaged: their "
                "digest is another; put the original there again with `kuzushiji models add`"
            )
        return data
