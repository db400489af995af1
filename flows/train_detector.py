"""Trains a reader from synthetic and labelled pages.

Run it as ``kuzushiji train --output RUN``; a second call continues from the last checkpoint.
"""

from typing import Annotated, Any, Literal

from prefect import flow
from pydantic import Field

from tasks.training_run import train_reader
from tasks.training_sources import TrainingMaterial

Count = Annotated[int, Field(ge=1)]


@flow(name="train-detector")
def train_detector(
    output: Annotated[str, Field(min_length=1, description="Folder or s3://bucket/prefix.")],
    fonts: list[str] | None = None,
    text: str | None = None,
    characters: str | None = None,
    kmnist: str | None = None,
    hold_out_fonts: list[str] | None = None,
    labels: str | None = None,
    images: str | None = None,
    synthetic_share: Annotated[float, Field(ge=0, le=1)] = 0.5,
    preset: Literal["builtin", "fifth-place"] = "builtin",
    steps: Count = 6000,
    batch_size: Count = 4,
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3,
    seed: Annotated[int, Field(ge=0)] = 0,
    device: Annotated[str, Field(description="auto, cpu, cuda or cuda:N.")] = "auto",
    pretrained: bool = False,
) -> dict[str, Any]:
    """Train to the last step and write ``model.safetensors`` into the run's folder.

    Returns:
        The last step's losses.
    """
    material = TrainingMaterial(
        fonts=tuple(fonts or ()),
        text=text,
        characters=characters,
        kmnist=kmnist,
        hold_out_fonts=tuple(hold_out_fonts or ()),
        labels=labels,
        images=images,
        synthetic_share=synthetic_share,
    )
    return train_reader(
        output,
        material,
        preset=preset,
        training={
            "steps": steps,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "seed": seed,
        },
        device=device,
        pretrained=pretrained,
    )
