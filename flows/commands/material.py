"""The options that name what pages are rendered from."""

from pathlib import Path
from typing import Annotated, Any

import typer

Fonts = Annotated[list[Path] | None, typer.Option(help="Folder of fonts; default: the system's.")]
Text = Annotated[Path | None, typer.Option(help="Column texts, one a line.")]
Characters = Annotated[
    Path | None, typer.Option(help="CSV unicode,char,count: classes and frequencies.")
]
Kmnist = Annotated[Path | None, typer.Option(help="Folder of KMNIST's npz files.")]
HeldOutFonts = Annotated[list[str] | None, typer.Option(help="A font that is kept for validation.")]


def material_parameters(
    fonts: list[Path] | None,
    text: Path | None,
    characters: Path | None,
    kmnist: Path | None,
    hold_out_font: list[str] | None,
) -> dict[str, Any]:
    """Return these options as parameters of the flow ``train-detector``."""
    return {
        "fonts": [str(folder) for folder in fonts or []],
        "text": str(text) if text else None,
        "characters": str(characters) if characters else None,
        "kmnist": str(kmnist) if kmnist else None,
        "hold_out_fonts": hold_out_font or [],
    }
