"""Training: bfloat16 against float32, waiting for crops, one process against two.

python benchmarks/training_speed.py [--steps 24]

The run trains the built-in preset on synthetic crops that another process makes meanwhile; the
waiting share is what the training log records.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch

import torch
from measuring import FONTS, ROOT, interleaved, save
from peers import CROP, CROPS

from model.batch import Batch
from model.character_set import CharacterSet
from model.configuration import DetectorConfiguration
from model.cost import CHALLENGE_CLASSES
from model.detector import CharacterDetector
from model.presets import PRESETS
from model.training import Trainer
from model.training_configuration import TrainingConfiguration
from tasks.crop_making import make_shard
from tasks.crop_set import CropRecipe, CropSet
from tasks.crop_sources import CropSequence, SyntheticSource
from tasks.object_store import open_store
from tasks.synthetic_pages import open_writers
from tasks.training_run import TrainingRun

SHARD = 8  # crops
UNTIMED_STEPS = 2  # in which kernels are compiled


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    figures = {
        "step_seconds": step_seconds(arguments.rounds),
        "crops_per_second": crops_per_second(),
        "waiting_share": waiting_share(arguments.steps),
        "shared": [shared_training(processes, arguments.steps // 3) for processes in (1, 2)],
    }
    print(json.dumps(figures, indent=1))
    save("training", figures)


def step_seconds(rounds: int) -> dict[str, float]:
    """A pass of four crops in each precision; in bfloat16 also as autocast alone computes it."""
    steps = {}
    plain = patch("model.training.quicken_autocast")
    for name, precision, context in (
        ("float32", torch.float32, nullcontext()),
        ("bfloat16", torch.bfloat16, nullcontext()),
        ("bfloat16 by autocast alone", torch.bfloat16, plain),
    ):
        detector = CharacterDetector(DetectorConfiguration(), CHALLENGE_CLASSES)
        detector = detector.to(memory_format=torch.channels_last)
        preset = PRESETS["builtin"]()
        with context:
            steps[name] = Trainer(detector, preset.training, CHALLENGE_CLASSES - 1, precision)
    count = CROPS * 60
    boxes = torch.rand(count, 4) * (CROP - 32)
    boxes[:, 2:] = 28.0
    batch = Batch(
        torch.randint(0, 256, (CROPS, 1, CROP, CROP), dtype=torch.uint8),
        boxes,
        torch.randint(0, CHALLENGE_CLASSES - 1, (count,)),
        torch.arange(CROPS).repeat_interleave(60),
    )
    return interleaved(
        {
            name: lambda trainer=trainer: trainer.advance([batch] * len(trainer.passes))
            for name, trainer in steps.items()
        },
        rounds,
    )


def crops_per_second(crops: int = 64) -> float:
    """Synthetic crops that one core makes."""
    writers = open_writers([FONTS], [], None)
    source = SyntheticSource(writers.atlas, writers.corpus)
    sequence = CropSequence((source,), (1.0,), CROP, 28.0, seed=0)
    start = perf_counter()
    for number in range(crops):
        sequence[number]
    return crops / (perf_counter() - start)


def waiting_share(steps: int) -> float:
    """Train by the command, while its crops are made beside it."""
    with TemporaryDirectory() as folder:
        options = ["--steps", str(steps), "--fonts", str(FONTS), "--output", folder]
        run_python(["-m", "flows.cli", "train", *options, "--batch-size", str(CROPS)])
        return float(logged(Path(folder), "waiting_share")[-1].value)


def shared_training(processes: int, steps: int) -> dict[str, Any]:
    """Seconds a step of two passes, and the losses, of a run that so many processes share."""
    with TemporaryDirectory() as folder:
        train_in_processes(Path(folder), processes, UNTIMED_STEPS + steps)
        losses = logged(Path(folder), "loss")
    first, last = losses[UNTIMED_STEPS - 1], losses[-1]
    return {
        "processes": processes,
        "step_seconds": (last.wall_time - first.wall_time) / steps,
        "losses": [it.value for it in losses],
    }


def logged(folder: Path, name: str) -> list[Any]:
    """Read a figure of every step of a run, with the time at which the step was done."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return list(events.Scalars(name))


def train_in_processes(folder: Path, processes: int, steps: int) -> None:
    """Make the crops of a run, then train in processes."""
    writers = open_writers([FONTS], [], None)
    source = SyntheticSource(writers.atlas, writers.corpus)
    crops = CropSet(
        open_store(str(folder / "crops"), create=True),
        CropRecipe(source.digest, (1.0,), CROP, 28.0, SHARD, seed=0).digest,
        -(-2 * CROPS * steps // SHARD),
    )
    sequence = CropSequence((source,), (1.0,), CROP, 28.0, seed=0)
    for number in range(crops.shards):
        make_shard(crops.store, crops.shard_key(number), sequence, number, SHARD)
    run = TrainingRun(
        store=open_store(str(folder), create=True),
        detector=DetectorConfiguration(),
        training=TrainingConfiguration(
            steps=steps, batch_size=2 * CROPS, micro_batch_size=CROPS, crop_size=CROP
        ),
        characters=CharacterSet.of(writers.corpus.codepoints_C),
        crops=crops,
        checkpoint_every=steps,
    )
    run.save_configuration()
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    run_python([*launcher, "-m", "tasks.training_process", str(folder), "--device", "cpu"])


def run_python(arguments: list[str]) -> None:
    """Run Python on this checkout; what it says stands in the error if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])


if __name__ == "__main__":
    main()
