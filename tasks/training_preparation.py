"""Opens the material of a training and writes down the run, before anything is made or learnt."""

from dataclasses import dataclass, replace
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from model.character_set import CharacterSet
from model.class_prior import prior_offsets
from model.configuration import DetectorConfiguration
from model.presets import PRESETS, Preset
from model.training_configuration import TrainingConfiguration
from tasks.crop_making import CropMaking
from tasks.crop_set import CropRecipe, CropSet, shards_for
from tasks.crop_sources import CropSequence
from tasks.models import load_model
from tasks.object_store import open_store
from tasks.training_material import TrainingMaterial
from tasks.training_run import TrainingRun
from tasks.training_sources import HeldOutPages, OpenedMaterial, open_material


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The resolved parameters of a training; see the flow ``train-detector``.

    Attributes:
        output: folder or s3://bucket/prefix of the run.
        material: what to learn from.
        preset: name of the configuration to begin with.
        overrides: fields of the preset's training configuration that get another value; None
            keeps the preset's.
        crops: how many different crops are made; None makes as many as the steps take.
        crop_store: location for the crops, which several runs may share; None is OUTPUT/crops.
        checkpoint_every: steps between two checkpoints.
        pretrained: begin with timm's weights of the backbone.
        start: a model to begin with.
    """

    output: str
    material: TrainingMaterial
    preset: str
    overrides: dict[str, Any]
    crops: int | None = None
    crop_store: str | None = None
    checkpoint_every: int = 200
    pretrained: bool = False
    start: str | None = None

    def resolve(self) -> Preset:
        """Return the preset with the overrides in place.

        Raises:
            ValueError: if an override is out of its range.
        """
        preset = PRESETS[self.preset]()
        changed = {name: value for name, value in self.overrides.items() if value is not None}
        if "steps" in changed and "warmup_steps" not in changed:
            share = preset.training.warmup_steps / preset.training.steps
            changed["warmup_steps"] = round(share * changed["steps"])
        return replace(preset, training=replace(preset.training, **changed))


@dataclass(frozen=True, slots=True, eq=False)
class PreparedTraining:
    """A run that is written down and can begin.

    Attributes:
        making: its crops.
        held_out: labelled pages of books that nothing trains on.
    """

    making: CropMaking
    held_out: tuple[HeldOutPages, ...]


@task(name="prepare-training", cache_policy=NO_CACHE)
def prepare_training(settings: TrainingSettings) -> PreparedTraining:
    """Open fonts, texts and labels; write the run's configuration and its crops' manifest.

    Raises:
        FileNotFoundError: if a font, a text, a scan or the model to begin with is missing.
        ValueError: if a file does not have its format, or an override is out of its range.
    """
    preset = settings.resolve()
    store = open_store(settings.output, create=True)
    opened = open_material(settings.material)
    recipe = _recipe(opened, preset.detector, preset.training)
    crop_store = open_store(settings.crop_store or f"{settings.output}/crops", create=True)
    needed = settings.crops or preset.training.steps * preset.training.batch_size
    crops = CropSet(crop_store, recipe.digest, shards_for(needed))
    crops.write_manifest(recipe, {"material": opened.card})
    card = {**opened.card, "preset": settings.preset, "crops": crops.digest}
    characters = opened.characters
    if settings.start is not None:
        start = load_model(settings.start).artifact
        # What the material lacks a reader keeps reading; and at the size at which it read best.
        characters = CharacterSet.of([*start.characters.codepoints, *characters.codepoints])
        card |= {name: start.card[name] for name in ("sought_size",) if name in start.card}
    TrainingRun(
        store=store,
        detector=preset.detector,
        training=preset.training,
        characters=characters,
        crops=crops,
        checkpoint_every=settings.checkpoint_every,
        card=card,
        pretrained=settings.pretrained,
        start=settings.start,
        offsets=_offsets(opened, preset.detector, characters),
    ).save_configuration()
    sequence = CropSequence(
        opened.sources, recipe.weights, recipe.size, recipe.character_size, recipe.seed
    )
    return PreparedTraining(CropMaking(crops, sequence, recipe.channels), opened.held_out)


def _offsets(
    opened: OpenedMaterial, detector: DetectorConfiguration, characters: CharacterSet
) -> tuple[float, ...]:
    """Tell how far labels of few pages lead the classes astray, where that can be told."""
    if not opened.seen or opened.expected is None or detector.class_logits != "linear":
        return ()
    return tuple(prior_offsets(characters, opened.seen, opened.expected).tolist())


def _recipe(
    opened: OpenedMaterial, detector: DetectorConfiguration, training: TrainingConfiguration
) -> CropRecipe:
    return CropRecipe(
        sources=opened.digest,
        weights=opened.weights,
        size=training.crop_size,
        character_size=detector.character_size,
        channels=detector.input_channels,
        seed=training.seed,
    )
