"""A training run in a folder of an object store: checkpoints, resume, scalars, the artifact."""

import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import torch
from torch.utils.tensorboard import SummaryWriter

from model.artifact import ReaderArtifact, pack_artifact
from model.character_set import CharacterSet
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.precision import choose_device, choose_precision
from model.presets import PRESETS
from model.training import StepReport, Trainer
from model.training_configuration import TrainingConfiguration
from tasks.object_store import ObjectStore, open_store
from tasks.training_data import Collate, CropDataset, CropSource, batches
from tasks.training_progress import StepProgress
from tasks.training_sources import TrainingMaterial, open_material

CHECKPOINT = re.compile(r"checkpoints/step-(\d{8})\.pt")
KEPT_CHECKPOINTS = 2
DEFAULT_THRESHOLD = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """Everything that determines a training run.

    Attributes:
        store: folder of the run; a checkpoint in it is continued.
        detector: the architecture.
        training: steps, rates, seed.
        characters: the classes.
        sources: where crops come from.
        weights: share of each source, in any unit.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        workers: processes that make crops beside the training.
        checkpoint_every: steps between two checkpoints.
        card: facts for the model card.
        start: weights to begin with instead of random ones.
    """

    store: ObjectStore
    detector: DetectorConfiguration
    training: TrainingConfiguration
    characters: CharacterSet
    sources: Sequence[CropSource]
    weights: Sequence[float]
    device: str = "auto"
    workers: int = 1
    checkpoint_every: int = 200
    card: dict[str, Any] = field(default_factory=dict)
    start: CharacterDetector | None = None
    pretrained: bool = False


def train(
    run: TrainingRun,
    on_step: Callable[[StepReport], None] = lambda _: None,
    scalars: Path | None = None,
) -> ReaderArtifact:
    """Train to the last step, continuing from the run's newest checkpoint; write the artifact.

    Args:
        run: what to train.
        on_step: called after every step.
        scalars: folder for TensorBoard's event files.

    Raises:
        DivergedError: if the loss is no longer finite; checkpoints stay.
        ValueError: if the run's folder holds a checkpoint of another configuration.
    """
    trainer = _build_trainer(run)
    _resume(trainer, run)
    _save_configuration(run)
    with SummaryWriter(str(scalars)) if scalars else _NoScalars() as writer:
        for batch in _batches(run, trainer.step):
            report = trainer.advance(batch)
            _write_scalars(writer, report)
            on_step(report)
            if report.step % run.checkpoint_every == 0 or report.step == run.training.steps:
                save_checkpoint(run.store, trainer)
    artifact = ReaderArtifact(
        trainer.averaged, run.characters, DEFAULT_THRESHOLD, {**run.card, "steps": trainer.step}
    )
    run.store.put("model.safetensors", pack_artifact(artifact))
    return artifact


def train_reader(
    output: str,
    material: TrainingMaterial,
    *,
    preset: str,
    training: dict[str, Any],
    device: str,
    pretrained: bool,
) -> dict[str, Any]:
    """Open the material, train with a progress bar, and return the last step's figures.

    TensorBoard's files lie in ``OUTPUT/tensorboard`` where the output is a folder.
    """
    opened = open_material(material)
    configuration = TrainingConfiguration(**training)
    run = TrainingRun(
        store=open_store(output, create=True),
        detector=PRESETS[preset](),
        training=configuration,
        characters=opened.characters,
        sources=opened.sources,
        weights=opened.weights,
        device=device,
        card=opened.card,
        pretrained=pretrained,
    )
    scalars = None if output.startswith("s3://") else Path(output) / "tensorboard"
    with StepProgress(configuration.steps) as progress:
        train(run, progress.show, scalars)
    return asdict(progress.last) if progress.last else {}


def save_checkpoint(store: ObjectStore, trainer: Trainer) -> None:
    """Write the state as one object and drop all but the newest two."""
    buffer = io.BytesIO()
    torch.save(trainer.state_dict(), buffer)
    store.put(f"checkpoints/step-{trainer.step:08d}.pt", buffer.getvalue())
    for key in _checkpoints(store)[:-KEPT_CHECKPOINTS]:
        store.delete(key)


def load_checkpoint(store: ObjectStore) -> dict[str, Any] | None:
    """Read the newest checkpoint, or None if there is none; no code in it is executed."""
    keys = _checkpoints(store)
    if not keys:
        return None
    return torch.load(io.BytesIO(store.get(keys[-1])), weights_only=True, map_location="cpu")  # type: ignore[no-any-return]


def _checkpoints(store: ObjectStore) -> list[str]:
    return sorted(o.key for o in store.list("checkpoints/") if CHECKPOINT.fullmatch(o.key))


def _build_trainer(run: TrainingRun) -> Trainer:
    device = choose_device(run.device)
    torch.manual_seed(run.training.seed)
    detector = CharacterDetector(
        run.detector, run.characters.class_count, pretrained=run.pretrained
    )
    if run.start is not None:
        detector.load_state_dict(run.start.state_dict())
    detector = detector.to(device).to(memory_format=torch.channels_last)
    return Trainer(detector, run.training, run.characters.reject_class, choose_precision(device))


def _resume(trainer: Trainer, run: TrainingRun) -> None:
    state = load_checkpoint(run.store)
    if state is None:
        return
    if state["configuration"] != run.training.to_dict():
        changed = [k for k, v in run.training.to_dict().items() if state["configuration"][k] != v]
        raise ValueError(
            f"{run.store.location} holds a run with other values of {', '.join(changed)}; resume "
            "with the same values or train into another folder"
        )
    trainer.load_state_dict(state)


def _save_configuration(run: TrainingRun) -> None:
    resolved = {
        "detector": run.detector.to_dict(),
        "training": run.training.to_dict(),
        "classes": len(run.characters.codepoints),
        "weights": list(run.weights),
        "card": run.card,
    }
    run.store.put("configuration.json", json.dumps(resolved, ensure_ascii=False, indent=2).encode())


def _batches(run: TrainingRun, first: int) -> Iterator[Any]:
    dataset = CropDataset(
        run.sources,
        run.weights,
        size=run.training.crop_size,
        character_size=run.detector.character_size,
        seed=run.training.seed,
    )
    return batches(
        dataset,
        Collate(run.characters, run.detector.input_channels),
        batch_size=run.training.batch_size,
        first=first,
        last=run.training.steps,
        workers=run.workers,
    )


class _NoScalars:
    """Stands in for TensorBoard's writer where nobody asked for one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def add_scalar(self, *_: object) -> None:
        """Drop the value."""


def _write_scalars(writer: SummaryWriter | _NoScalars, report: StepReport) -> None:
    for name, value in asdict(report).items():
        if name != "step":
            writer.add_scalar(name, value, report.step)
