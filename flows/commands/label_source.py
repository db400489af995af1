"""How a command names labelled pages: ``KIND:LOCATION``."""

from flows.commands.terminal import fail


def read_source(source: str) -> dict[str, str]:
    """Split ``kaggle:/data/challenge`` into kind and root; anything else ends the command."""
    kind, colon, root = source.partition(":")
    if not colon:
        fail(f"--labels must be KIND:LOCATION, as in kaggle:/data/challenge, got {source!r}")
    return {"kind": kind, "root": root}
