"""A set of training crops in an object store: numbered shards and a manifest.

Crop number i depends on the recipe and i alone: a shard that is there never has to be made again.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from tasks.object_store import ObjectStore

CROPS_PER_SHARD = 128  # 6 MB of grey crops of 512 px; a step of 4 reads a shard every 32 steps
DRAWING_VERSION = 7  # raised whenever the same recipe gives other pixels or boxes


@dataclass(frozen=True, slots=True)
class CropRecipe:
    """Everything that determines the crops of a set.

    Attributes:
        sources: SHA-256 of what the crops are made of.
        weights: share of each source, in any unit.
        size: side of a crop in pixels.
        character_size: usual side of a character in pixels.
        channels: 1 keeps the red channel, 3 keeps all.
        seed: equal seeds give equal crops.
    """

    sources: str
    weights: tuple[float, ...]
    size: int
    character_size: float
    channels: int
    seed: int

    @property
    def digest(self) -> str:
        """SHA-256 of the recipe and of the code's version of drawing."""
        values = {**asdict(self), "drawing": DRAWING_VERSION}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class CropSet:
    """Where a set of crops lies.

    Attributes:
        store: holds one folder per set.
        digest: of the set's recipe.
        shards: how many shards the set has once all are made.
    """

    store: ObjectStore
    digest: str
    shards: int

    @property
    def crops(self) -> int:
        """Number of crops in all shards."""
        return self.shards * CROPS_PER_SHARD

    @property
    def folder(self) -> str:
        """Prefix of the set's keys, without the last slash."""
        return self.digest[:12]

    def shard_key(self, number: int) -> str:
        """Key of shard ``number``, counted from 0."""
        return f"{self.folder}/shard-{number:06d}.parquet"

    def missing(self) -> list[int]:
        """Numbers of the shards that have not been made, ascending; costs one listing."""
        there = {info.key for info in self.store.list(f"{self.folder}/shard-")}
        return [n for n in range(self.shards) if self.shard_key(n) not in there]

    def write_manifest(self, recipe: CropRecipe, facts: dict[str, Any]) -> None:
        """Write down what makes the set; other runs and readers find it by its digest."""
        document = {
            "version": 1,
            "digest": self.digest,
            "crops": self.crops,
            "crops_per_shard": CROPS_PER_SHARD,
            "recipe": asdict(recipe),
            **facts,
        }
        text = json.dumps(document, ensure_ascii=False, indent=2)
        self.store.put(f"{self.folder}/manifest.json", text.encode())


def shards_for(crops: int) -> int:
    """Number of whole shards that hold so many crops."""
    return -(-crops // CROPS_PER_SHARD)
