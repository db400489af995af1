"""Checkpoints of a training run: written whole, the newest few kept, read without running code."""

import io
import re
from typing import Any

import torch

from tasks.object_store import ObjectStore

NAME = re.compile(r"checkpoints/step-(\d{8})\.pt")
KEPT = 2


def save_checkpoint(store: ObjectStore, step: int, state: dict[str, Any], kept: int = KEPT) -> None:
    """Write a state as one object, then drop all but the newest ``kept``."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    store.put(f"checkpoints/step-{step:08d}.pt", buffer.getvalue())
    for key in checkpoint_keys(store)[:-kept]:
        store.delete(key)


def load_checkpoint(store: ObjectStore) -> dict[str, Any] | None:
    """Read the newest checkpoint, or None if there is none; no code in it is executed."""
    keys = checkpoint_keys(store)
    if not keys:
        return None
    return torch.load(io.BytesIO(store.get(keys[-1])), weights_only=True, map_location="cpu")  # type: ignore[no-any-return]


def checkpoint_keys(store: ObjectStore) -> list[str]:
    """Keys of all checkpoints, oldest first."""
    return sorted(o.key for o in store.list("checkpoints/") if NAME.fullmatch(o.key))
