"""Trains a reader: sources, crops on Dask, training, reading of held-out pages, F1.

Run it as ``kuzushiji train --output RUN``; a second call continues where the first was interrupted.
"""

from typing import Annotated, Any, Literal

from distributed import Client
from prefect import flow
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.evaluate_archive import evaluate_archive
from flows.parameter_descriptions import describe_parameters
from flows.recognize_archive import recognize_archive
from model.presets import PRESETS
from tasks.crop_making import CropMaking, crop_cluster, make_crops
from tasks.crop_stream import MissingCropsError
from tasks.models import NO_CONTEXT
from tasks.object_store import open_store
from tasks.training_fit import fit_detector
from tasks.training_material import LabelledSource, TrainingMaterial
from tasks.training_preparation import TrainingSettings, prepare_training
from tasks.training_run import ARTIFACT
from tasks.validation_pages import ARCHIVE, LABELS, lay_out_validation

STAGES_UNDER_WAY = 2  # crops are made while the training goes on

Folders = Annotated[list[str] | None, Field(description="Folders; none searches the system's.")]
Stage = Literal["crops", "fit", "validate"]


@flow(
    name="train-detector",
    task_runner=ThreadPoolTaskRunner[Any](max_workers=STAGES_UNDER_WAY),  # type: ignore[arg-type]  # Prefect's own runner
)
@describe_parameters
def train_detector(
    output: Annotated[str, Field(min_length=1, description="Folder or s3://bucket/prefix.")],
    sources: Annotated[
        list[LabelledSource] | None, Field(description="Labelled pages; none trains on synthesis.")
    ] = None,
    fonts: Folders = None,
    text: Annotated[str | None, Field(description="Column texts, one a line.")] = None,
    characters: Annotated[str | None, Field(description="CSV unicode,char,count.")] = None,
    kmnist: Annotated[str | None, Field(description="Folder of KMNIST's npz files.")] = None,
    hold_out_fonts: Annotated[
        list[str] | None, Field(description="Fonts kept for validation.")
    ] = None,
    synthetic_share: Annotated[
        float | None,
        Field(ge=0, le=1, description="Share of synthetic crops beside labelled ones."),
    ] = None,
    fold: Annotated[
        int | None,
        Field(ge=0, le=4, description="Which fifth of the books validates; none trains on all."),
    ] = 0,
    preset: Annotated[
        Literal["builtin", "base", "fifth-place"],
        Field(description="Network and training plan; the parameters below change its figures."),
    ] = "builtin",
    steps: Annotated[int | None, Field(ge=1, description="Steps of the optimizer.")] = None,
    batch_size: Annotated[int | None, Field(ge=1, description="Crops per step.")] = None,
    micro_batch_size: Annotated[
        int | None, Field(ge=1, description="Crops per forward pass, for less memory.")
    ] = None,
    crop_size: Annotated[
        int | None, Field(ge=32, multiple_of=32, description="Side of a crop in pixels.")
    ] = None,
    learning_rate: Annotated[
        float | None, Field(gt=0, description="Its peak, after the warm-up.")
    ] = None,
    optimizer: Annotated[
        Literal["adamw", "apex"] | None, Field(description="apex needs CUDA and NVIDIA's apex.")
    ] = None,
    seed: Annotated[int, Field(ge=0, description="The same seed gives the same training.")] = 0,
    crops: Annotated[
        int | None, Field(ge=1, description="Different crops; none makes one for each use.")
    ] = None,
    crop_store: Annotated[
        str | None, Field(description="Where crops lie, for several runs; none is OUTPUT/crops.")
    ] = None,
    crop_workers: Annotated[int, Field(ge=1, description="Dask processes that make crops.")] = 1,
    dask: Annotated[
        str | None, Field(description="Address of a Dask scheduler; none starts Dask here.")
    ] = None,
    device: Annotated[str, Field(description="auto, cpu, cuda or cuda:N.")] = "auto",
    processes: Annotated[int, Field(ge=1, description="Processes that share each step.")] = 1,
    compiled: Annotated[bool, Field(description="Use torch.compile.")] = False,
    pretrained: Annotated[bool, Field(description="Begin with timm's backbone weights.")] = False,
    start: Annotated[str | None, Field(description="A model to begin with.")] = None,
    checkpoint_every: Annotated[int, Field(ge=1, description="Steps between checkpoints.")] = 200,
    only: Annotated[Stage | None, Field(description="Run one stage alone.")] = None,
) -> dict[str, Any]:
    """Train to the last step, then read and score pages that nothing trained on.

    Returns:
        The figures of the training and of the validation, as far as these stages ran.
    """
    material = TrainingMaterial(
        fonts=tuple(fonts or ()),
        text=text,
        characters=characters,
        kmnist=kmnist,
        hold_out_fonts=tuple(hold_out_fonts or ()),
        labelled=tuple(sources or ()),
        synthetic_share=(
            PRESETS[preset]().synthetic_share if synthetic_share is None else synthetic_share
        ),
        fold=fold,
    )
    overrides = {
        "steps": steps,
        "batch_size": batch_size,
        "micro_batch_size": micro_batch_size,
        "crop_size": crop_size,
        "learning_rate": learning_rate,
        "optimizer": optimizer,
        "seed": seed,
    }
    settings = TrainingSettings(
        output=output,
        material=material,
        preset=preset,
        overrides=overrides,
        crops=crops,
        crop_store=crop_store,
        checkpoint_every=checkpoint_every,
        pretrained=pretrained,
        start=start,
    )
    fitting: dict[str, Any] = {"device": device, "compiled": compiled, "processes": processes}
    result: dict[str, Any] = {}
    if only in (None, "crops"):
        prepared = prepare_training(settings)
        lay_out_validation(open_store(output), material, prepared.held_out)
        with crop_cluster(dask, crop_workers) as client:
            if only is None and processes == 1:
                result |= _fit_beside_making(output, prepared.making, client, fitting)
            else:
                make_crops(prepared.making, client, shown=True)
    if only == "fit" or (only is None and processes > 1):
        result |= fit_detector(output, **fitting)
    if only in (None, "validate"):
        result |= _validate(output, device)
    return result


def _fit_beside_making(
    output: str, making: CropMaking, client: Client, fitting: dict[str, Any]
) -> dict[str, Any]:
    """Train on crops while they are being made; the first failure is the one that is told."""
    made = make_crops.submit(making, client)
    fitted = fit_detector.submit(output, **fitting, crops_ended=making.ended)
    try:
        result: dict[str, Any] = fitted.result()
    except MissingCropsError:
        made.result()  # raises what stopped the making
        raise
    made.result()
    return result


def _validate(output: str, device: str) -> dict[str, Any]:
    """Read the validation pages at full size with the new model, and score them."""
    readings = f"{output}/validation/readings"
    summary: Any = recognize_archive(
        f"{output}/{ARCHIVE}",
        readings,
        model=f"{output}/{ARTIFACT}",
        context=NO_CONTEXT,  # rendered pages may be written in its text
        device=device,
        submission=True,
    )
    return {"validation": evaluate_archive(readings, f"{output}/{LABELS}", summary["model"])}
