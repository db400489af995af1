"""A training run in a folder of an object store, from its configuration to its artifact."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import torch
from safetensors.torch import save

from model.artifact import ReaderArtifact, pack_artifact
from model.batch import Batch
from model.character_set import CharacterSet
from model.class_prior import with_offsets
from model.configuration import DetectorConfiguration
from model.detector import CharacterDetector
from model.precision import choose_device, choose_precision
from model.training import DivergedError, StepReport, Trainer
from model.training_configuration import TrainingConfiguration
from model.warm_start import copy_weights
from tasks.checkpoints import load_checkpoint, save_checkpoint
from tasks.crop_set import CropSet
from tasks.crop_stream import CropStream, CropTables, collate
from tasks.models import load_model
from tasks.object_store import ObjectStore, open_store
from tasks.training_log import TrainingLog, reports_from_tensor

DEFAULT_THRESHOLD = 0.35
SCHEDULE = {"steps", "warmup_steps"}  # a run may be prolonged or cut short: the rates adapt
ARTIFACT = "model.safetensors"
CONFIGURATION = "configuration.json"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """Everything that determines a training run.

    Attributes:
        store: folder of the run; a checkpoint in it is continued.
        detector: the architecture.
        training: steps, rates, seed.
        characters: the classes.
        crops: what is learnt from.
        checkpoint_every: steps between two checkpoints.
        card: facts for the model card.
        pretrained: begin with timm's published weights of the backbone.
        start: a model (as `tasks.models.load_model` names it) whose weights to begin with.
        offsets: of the classes' biases in the artifact (`model.class_prior`), one a class or none.
    """

    store: ObjectStore
    detector: DetectorConfiguration
    training: TrainingConfiguration
    characters: CharacterSet
    crops: CropSet
    checkpoint_every: int = 200
    card: dict[str, Any] = field(default_factory=dict)
    pretrained: bool = False
    start: str | None = None
    offsets: tuple[float, ...] = ()

    def save_configuration(self) -> None:
        """Write the resolved run into its folder; `open` reads it."""
        document = {
            "detector": self.detector.to_dict(),
            "training": self.training.to_dict(),
            "crops": {
                "location": self.crops.store.location,
                "digest": self.crops.digest,
                "shards": self.crops.shards,
            },
            "checkpoint_every": self.checkpoint_every,
            "card": self.card,
            "pretrained": self.pretrained,
            "start": self.start,
            "codepoints": list(self.characters.codepoints),
            "offsets": list(self.offsets),
        }
        text = json.dumps(document, ensure_ascii=False, indent=1)
        self.store.put(CONFIGURATION, text.encode())

    @classmethod
    def open(cls, location: str) -> Self:
        """Read the run that lies at a location.

        Raises:
            ObjectNotFoundError: if no run was prepared there.
        """
        store = open_store(location)
        values = json.loads(store.get(CONFIGURATION))
        crops = values["crops"]
        return cls(
            store=store,
            detector=DetectorConfiguration.from_dict(values["detector"]),
            training=TrainingConfiguration.from_dict(values["training"]),
            characters=CharacterSet(tuple(values["codepoints"])),
            crops=CropSet(open_store(crops["location"]), crops["digest"], crops["shards"]),
            checkpoint_every=values["checkpoint_every"],
            card=values["card"],
            pretrained=values["pretrained"],
            start=values["start"],
            offsets=tuple(values.get("offsets", ())),
        )


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """How a training run ended.

    Attributes:
        report: figures of the last step.
        waiting_share: share of this start's time in which the trainer waited for crops.
        seconds: of this start, first to last step.
    """

    report: StepReport | None
    waiting_share: float
    seconds: float


def train(
    run: TrainingRun,
    tables: CropTables,
    *,
    device: str = "auto",
    compiled: bool = False,
    on_step: Callable[[StepReport, float], None] = lambda *_: None,
) -> TrainingResult:
    """Train to the last step, continuing from the run's newest checkpoint; write the artifact.

    Where torch's process group is initialised every process calls this; the first one writes.

    Args:
        run: what to train.
        tables: the crops, which may still be in the making.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        compiled: use ``torch.compile``.
        on_step: called after each step with its report and the waiting share so far.

    Raises:
        DivergedError: if the loss is no longer finite; checkpoints stay, and the step's crops lie
            in ``diverged/``.
        MissingCropsError: if a shard is missing and will not come.
        ValueError: if the run's folder holds a checkpoint of another configuration. Only the
            number of steps may have changed.
    """
    trainer = _build_trainer(run, device, compiled=compiled)
    earlier = _resume(trainer, run)
    writes = trainer.rank == 0
    with TrainingLog(run.store, earlier) as log, _stream(run, tables, trainer) as stream:
        clock = _Clock(stream)
        while trainer.step < run.training.steps:
            report = _advance(run, trainer, stream.take())
            log.add(report, clock.waiting_share)
            on_step(report, clock.waiting_share)
            due = report.step % run.checkpoint_every == 0 or report.step == run.training.steps
            if due and writes:
                state = {**trainer.state_dict(), "reports": log.to_tensor()}
                save_checkpoint(run.store, report.step, state)
                log.save()
        last = log.reports[-1] if log.reports else None
    if writes:
        run.store.put(ARTIFACT, pack_artifact(_artifact(run, trainer)))
    return TrainingResult(last, clock.waiting_share, clock.seconds)


class _Clock:
    """Tells which share of the time since the first step the trainer has waited for crops."""

    def __init__(self, stream: CropStream) -> None:
        self._stream = stream
        self._started = time.perf_counter()
        self._first_wait: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the training began."""
        return time.perf_counter() - self._started

    @property
    def waiting_share(self) -> float:
        """Share of waiting; the first step's wait, for shards and threads to start, is left out."""
        if self._first_wait is None:
            self._first_wait = self._stream.waited
        waited = self._stream.waited - self._first_wait
        return waited / max(self.seconds - self._first_wait, 1e-9)


def _advance(run: TrainingRun, trainer: Trainer, batches: Sequence[Batch]) -> StepReport:
    try:
        return trainer.advance(batches)
    except DivergedError as error:
        tensors = {
            f"{number}.{name}": getattr(batch, name).contiguous()
            for number, batch in enumerate(error.batches)
            for name in ("image_BCHW", "boxes_N4", "classes_N", "pages_N")
        }
        key = f"diverged/step-{error.step:08d}-process-{trainer.rank}.safetensors"
        run.store.put(key, save(tensors))
        raise


def _build_trainer(run: TrainingRun, device_name: str, *, compiled: bool) -> Trainer:
    device = choose_device(device_name)
    torch.manual_seed(run.training.seed)
    detector = CharacterDetector(
        run.detector, run.characters.class_count, pretrained=run.pretrained
    )
    if run.start is not None:
        copy_weights(load_model(run.start).artifact, detector, run.characters)
    detector = detector.to(device).to(memory_format=torch.channels_last)
    return Trainer(
        detector,
        run.training,
        run.characters.reject_class,
        choose_precision(device),
        compiled=compiled,
    )


def _resume(trainer: Trainer, run: TrainingRun) -> list[StepReport]:
    """Continue from the newest checkpoint; returns the reports of the steps before it."""
    state = load_checkpoint(run.store)
    if state is None:
        return []
    changed = [k for k, v in run.training.to_dict().items() if state["configuration"].get(k) != v]
    if not SCHEDULE.issuperset(changed):
        raise ValueError(
            f"{run.store.location} holds a run with other values of {', '.join(changed)}; resume "
            "with the same values or train into another folder"
        )
    trainer.load_state_dict(state)
    return reports_from_tensor(state["reports"])


def _stream(run: TrainingRun, tables: CropTables, trainer: Trainer) -> CropStream:
    to_batch = partial(collate, characters=run.characters, channels=run.detector.input_channels)
    return CropStream(
        tables,
        to_batch,
        seed=run.training.seed,
        step=trainer.step,
        passes=trainer.passes,
        passes_per_step=run.training.passes_per_step,
        crops_per_pass=run.training.crops_per_pass,
        pinned=trainer.device.type == "cuda",
    )


def _artifact(run: TrainingRun, trainer: Trainer) -> ReaderArtifact:
    card = {**run.card, "steps": trainer.step, "training": run.training.to_dict()}
    detector = trainer.averaged
    if run.offsets:
        detector = with_offsets(detector, run.offsets)
    return ReaderArtifact(detector, run.characters, DEFAULT_THRESHOLD, card, run.offsets)
