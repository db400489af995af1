"""``kuzushiji export-model``."""

from typing import Annotated

import typer

from flows.commands.terminal import explained


def export_model(
    output: Annotated[str, typer.Argument(help="Folder or s3://bucket/prefix for the networks.")],
    model: Annotated[
        str, typer.Option(help="builtin, champion[:COLLECTION], a digest or a path.")
    ] = "builtin",
    calibrate: Annotated[
        str | None,
        typer.Option(help="Folder or s3://bucket/prefix of scans like those to be read: int8 too."),
    ] = None,
) -> None:
    """Export a reader's network as ONNX, for recognize --engine onnxruntime:FILE."""
    typer.echo("\n".join(explained(lambda: _export(output, model, calibrate))))


def _export(output: str, model: str, calibrate: str | None) -> list[str]:
    from tasks.model_export import export_int8, export_network
    from tasks.models import load_model
    from tasks.object_store import open_store

    loaded, store = load_model(model), open_store(output, create=True)
    keys = [export_network(loaded, store)]
    if calibrate is not None:
        keys.append(export_int8(loaded, open_store(calibrate), store))
    return [f"{output.rstrip('/')}/{key}" for key in keys]
