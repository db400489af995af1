"""``kuzushiji train``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands.terminal import explained, fail, prefer_quiet_prefect


def train(
    output: Annotated[str, typer.Option(help="Folder or s3://bucket/prefix of the run.")],
    fonts: Annotated[
        list[Path] | None, typer.Option(help="Folder of fonts; default: the system's.")
    ] = None,
    text: Annotated[Path | None, typer.Option(help="Column texts, one a line.")] = None,
    characters: Annotated[
        Path | None, typer.Option(help="CSV unicode,char,count: classes and frequencies.")
    ] = None,
    kmnist: Annotated[Path | None, typer.Option(help="Folder of KMNIST's npz files.")] = None,
    hold_out_font: Annotated[
        list[str] | None, typer.Option(help="A font that is kept for evaluation.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="Labelled pages: image_id,labels.")] = None,
    images: Annotated[str | None, typer.Option(help="Folder or bucket of their scans.")] = None,
    synthetic_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of synthetic crops beside labelled ones.")
    ] = 0.5,
    preset: Annotated[str, typer.Option(help="builtin or fifth-place.")] = "builtin",
    steps: Annotated[int, typer.Option(min=1, help="Optimisation steps.")] = 6000,
    batch_size: Annotated[int, typer.Option(min=1, help="Crops per step.")] = 4,
    learning_rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 2e-3,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    pretrained: Annotated[bool, typer.Option(help="Start from timm's weights.")] = False,
) -> None:
    """Train a reader on synthetic and labelled pages; continues from its last checkpoint."""
    prefer_quiet_prefect()

    from flows.train_detector import train_detector

    if (labels is None) != (images is None):
        fail("--labels and --images belong together: give both or neither")
    parameters: dict[str, Any] = {
        "output": output,
        "fonts": [str(folder) for folder in fonts or []],
        "text": str(text) if text else None,
        "characters": str(characters) if characters else None,
        "kmnist": str(kmnist) if kmnist else None,
        "hold_out_fonts": hold_out_font or [],
        "labels": str(labels) if labels else None,
        "images": images,
        "synthetic_share": synthetic_share,
        "preset": preset,
        "steps": steps,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
        "device": device,
        "pretrained": pretrained,
    }
    explained(lambda: train_detector(**parameters))
    typer.echo(f"The model lies in {output}: model.safetensors")
