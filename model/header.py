"""The JSON that stands in the metadata of a safetensors file, under a name of ours."""

import json
from typing import Any

from safetensors import SafetensorError, deserialize


def read_json_header(data: bytes, name: str, kind: str, version: int) -> dict[str, Any]:
    """Return the JSON header that a file of ours holds.

    Args:
        data: the whole file.
        name: of the header in the file's metadata.
        kind: what the file is, for messages.
        version: the ``format_version`` that it has to have.

    Raises:
        ValueError: if the bytes are damaged, foreign, or of another version; the
            message says which.
    """
    try:
        deserialize(data)  # type: ignore[no-untyped-call]  # checks lengths and offsets
        length = int.from_bytes(data[:8], "little")
        header: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][name])
        found = header.get("format_version")
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a {kind} of kuzushiji-archive ({type(error).__name__})") from error
    if found != version:
        raise ValueError(
            f"{kind} has format version {found}, this release reads {version}; upgrade "
            "kuzushiji-archive"
        )
    return header
