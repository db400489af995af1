"""The file format of a context: safetensors plus JSON, named by its digest, as a reader's is."""

import json
from collections.abc import Mapping
from typing import Any

from safetensors.numpy import load, save

from model.context import Context
from model.header import read_json_header
from model.language_model import LanguageModel, TrigramCounts

FORMAT_VERSION = 1


class ContextFileError(ValueError):
    """The bytes are no context that this version understands."""


def pack_context(context: Context, card: Mapping[str, Any]) -> bytes:
    """Serialise a context; equal ones have equal bytes.

    Args:
        context: what to keep.
        card: facts about its text (source, licence), plain JSON values.
    """
    counts = context.language.counts
    header = {
        "format_version": FORMAT_VERSION,
        "weight": context.weight,
        "margin": context.margin,
        "card": dict(card),
    }
    tensors = {name: getattr(counts, name) for name in TrigramCounts.__slots__}
    return save(tensors, {"context": json.dumps(header, ensure_ascii=False, sort_keys=True)})


def unpack_context(data: bytes) -> tuple[Context, dict[str, Any]]:
    """Build the context that `pack_context` serialised, and its card.

    Raises:
        ContextFileError: if the bytes are damaged, foreign, or of a newer format.
    """
    try:
        header = read_json_header(data, "context", "context", FORMAT_VERSION)
        counts = TrigramCounts(**load(data))
        context = Context(LanguageModel(counts), header["weight"], header["margin"])
        return context, dict(header["card"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ContextFileError(f"{error}; docs/context.md tells how to make one") from error
