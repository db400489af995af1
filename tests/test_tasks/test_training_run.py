"""A training run in a folder: interrupted, killed or shared, it ends in the same weights."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load
from small_training import CHARACTERS, small_run

from model.artifact import unpack_artifact
from model.training import DivergedError, StepReport, Trainer
from tasks.checkpoints import load_checkpoint, save_checkpoint
from tasks.crop_set import CropSet
from tasks.crop_stream import CropTables
from tasks.training_log import reports_from_tensor
from tasks.training_run import TrainingRun, train

PATIENCE = 120  # seconds until a process that writes no checkpoint has failed


def interrupt_at(step: int) -> Callable[[StepReport, float], None]:
    def on_step(report: StepReport, _: float) -> None:
        if report.step == step:
            raise KeyboardInterrupt

    return on_step


def reports(run: TrainingRun) -> list[StepReport]:
    state = load_checkpoint(run.store)
    assert state is not None
    return reports_from_tensor(state["reports"])


def finish(run: TrainingRun) -> TrainingRun:
    train(run, CropTables(run.crops))
    return run


def test_an_interrupted_run_goes_on_bit_for_bit(tmp_path: Path, made_crops: CropSet) -> None:
    whole = finish(small_run(tmp_path / "whole", made_crops))
    parted = small_run(tmp_path / "parted", made_crops)
    steps: list[int] = []

    with pytest.raises(KeyboardInterrupt):
        train(parted, CropTables(made_crops), on_step=interrupt_at(3))
    train(parted, CropTables(made_crops), on_step=lambda report, _: steps.append(report.step))

    assert steps == [3, 4, 5]  # the checkpoint of step 2 is the last that was written
    assert reports(parted) == reports(whole)
    assert whole.store.get("model.safetensors") == parted.store.get("model.safetensors")


def start_process(run: TrainingRun) -> subprocess.Popen[bytes]:
    command = "from tasks.training_run import *; run = TrainingRun.open({!r}); "
    command += "train(run, CropTables(run.crops))"
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", command.format(run.store.location)], env=environment
    )


def test_a_killed_run_goes_on_bit_for_bit(tmp_path: Path, made_crops: CropSet) -> None:
    whole = small_run(tmp_path / "whole", made_crops, steps=40)
    killed = small_run(tmp_path / "killed", made_crops, steps=40)

    process = start_process(killed)
    give_up = time.monotonic() + PATIENCE
    while load_checkpoint(killed.store) is None and time.monotonic() < give_up:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    steps_before = len(reports(killed))
    assert [start_process(run).wait() for run in (killed, whole)] == [0, 0]

    assert 2 <= steps_before < 40
    assert reports(killed) == reports(whole)
    assert killed.store.get("model.safetensors") == whole.store.get("model.safetensors")


# bfloat16 rounds away what is compared; the precision is the machine's choice otherwise.
IN_FLOAT32 = """
import torch
from tasks import training_process, training_run

training_run.choose_precision = lambda device: torch.float32
training_process.main()
"""


def test_two_processes_learn_what_one_learns(
    tmp_path: Path, made_crops: CropSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.training_run.choose_precision", lambda _: torch.float32)
    training = {"batch_size": 4, "micro_batch_size": 2, "steps": 2, "learning_rate": 1e-5}
    alone = finish(small_run(tmp_path / "alone", made_crops, **training))
    shared = small_run(tmp_path / "shared", made_crops, **training)
    script = tmp_path / "in_float32.py"
    script.write_text(IN_FLOAT32)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    process = [str(script), shared.store.location, "--device", "cpu"]

    subprocess.run(
        [sys.executable, *launcher, *process],
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
    )

    for one, other in zip(reports(alone), reports(shared), strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-3)
        assert one.gradient_norm == pytest.approx(other.gradient_norm, rel=0.01)
    ours, theirs = load_checkpoint(alone.store), load_checkpoint(shared.store)
    assert ours is not None
    assert theirs is not None
    for name, tensor in ours["detector"].items():
        if tensor.ndim > 1:
            difference = (tensor - theirs["detector"][name]).norm() / tensor.norm()
            assert difference < 1e-4, name


def test_uneven_shares_are_refused(tmp_path: Path, made_crops: CropSet) -> None:
    run = small_run(tmp_path, made_crops, batch_size=3, micro_batch_size=1)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    process = ["-m", "tasks.training_process", run.store.location, "--device", "cpu"]

    result = subprocess.run(
        [sys.executable, *launcher, *process], check=False, capture_output=True, text=True
    )

    assert result.returncode != 0
    assert "cannot be shared by 2 processes" in result.stderr


def test_the_artifact_is_a_reader(tmp_path: Path, made_crops: CropSet) -> None:
    run = finish(small_run(tmp_path, made_crops))

    artifact = unpack_artifact(run.store.get("model.safetensors"))

    assert artifact.characters == CHARACTERS
    assert artifact.card["steps"] == 5


def test_a_run_can_begin_with_another_ones_weights(tmp_path: Path, made_crops: CropSet) -> None:
    first = finish(small_run(tmp_path / "first", made_crops))
    model = f"{first.store.location}/model.safetensors"

    run = small_run(
        tmp_path / "second", made_crops, start=model, steps=1, learning_rate=1e-9, ema_decay=0.0
    )
    finish(run)

    theirs, ours = (unpack_artifact(r.store.get("model.safetensors")) for r in (first, run))
    for name, tensor in theirs.detector.named_parameters():
        assert torch.allclose(tensor, ours.detector.get_parameter(name), atol=1e-3), name


def test_offsets_move_the_classes_of_the_artifact_alone(
    tmp_path: Path, made_crops: CropSet
) -> None:
    offsets = tuple(float(n) for n in range(len(CHARACTERS.codepoints)))
    plain = finish(small_run(tmp_path / "plain", made_crops))
    run = replace(small_run(tmp_path / "moved", made_crops), offsets=offsets)
    run.save_configuration()

    finish(TrainingRun.open(run.store.location))

    before, after = (unpack_artifact(r.store.get("model.safetensors")) for r in (plain, run))
    name = "class_head.classes.bias"
    moved = after.detector.get_parameter(name) - before.detector.get_parameter(name)
    assert torch.allclose(moved, torch.tensor([*offsets, 0.0]), atol=1e-2)
    assert before.card == after.card


def test_offsets_of_the_model_to_begin_with_are_taken_back(
    tmp_path: Path, made_crops: CropSet
) -> None:
    offsets = tuple(float(n) for n in range(len(CHARACTERS.codepoints)))
    first = replace(small_run(tmp_path / "first", made_crops), offsets=offsets)
    first.save_configuration()
    moved = unpack_artifact(finish(first).store.get("model.safetensors"))
    model = f"{first.store.location}/model.safetensors"

    second = finish(
        small_run(
            tmp_path / "second", made_crops, start=model, steps=1, learning_rate=1e-9, ema_decay=0.0
        )
    )

    ours = unpack_artifact(second.store.get("model.safetensors"))
    bias = ours.detector.get_parameter("class_head.classes.bias")
    theirs = moved.detector.get_parameter("class_head.classes.bias")
    assert moved.offsets == offsets
    assert ours.offsets == ()
    assert torch.allclose(theirs - bias, torch.tensor([*offsets, 0.0]), atol=1e-2)


def test_two_checkpoints_are_kept(tmp_path: Path, made_crops: CropSet) -> None:
    run = finish(small_run(tmp_path, made_crops))

    keys = [info.key for info in run.store.list("checkpoints/")]

    assert keys == ["checkpoints/step-00000004.pt", "checkpoints/step-00000005.pt"]


def test_a_checkpoint_runs_no_code(tmp_path: Path, made_crops: CropSet) -> None:
    run = small_run(tmp_path, made_crops)
    save_checkpoint(run.store, 1, {"code": os.system})

    with pytest.raises(Exception, match="weights_only"):
        load_checkpoint(run.store)


def test_another_configuration_does_not_resume(tmp_path: Path, made_crops: CropSet) -> None:
    finish(small_run(tmp_path, made_crops))

    with pytest.raises(ValueError, match="seed"):
        finish(small_run(tmp_path, made_crops, seed=1))


def test_a_run_opens_as_it_was_written_down(tmp_path: Path, made_crops: CropSet) -> None:
    run = small_run(tmp_path, made_crops)

    opened = TrainingRun.open(str(tmp_path))

    assert (opened.detector, opened.training) == (run.detector, run.training)
    assert opened.characters == run.characters
    assert opened.crops.digest == made_crops.digest


def test_curves_are_a_picture_and_in_tensorboard(tmp_path: Path, made_crops: CropSet) -> None:
    run = finish(small_run(tmp_path, made_crops))

    picture = Image.open(io.BytesIO(run.store.get("curves.png")))

    assert picture.format == "PNG"
    assert [info.key for info in run.store.list("tensorboard/events")]


def test_a_step_that_diverges_leaves_its_crops(
    tmp_path: Path, made_crops: CropSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run(tmp_path, made_crops)

    def diverge(trainer: Trainer, batches: object) -> StepReport:
        raise DivergedError("step 0: loss nan", trainer.step, batches)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "advance", diverge)
    with pytest.raises(DivergedError):
        finish(run)

    [info] = run.store.list("diverged/")
    assert load(run.store.get(info.key))["0.image_BCHW"].shape == (4, 1, 64, 64)


def test_a_loss_that_explodes_leaves_its_crops_and_the_checkpoint_before(
    tmp_path: Path, made_crops: CropSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run(tmp_path, made_crops)
    monkeypatch.setattr("model.training.SETTLING_STEPS", 3)
    monkeypatch.setattr("model.training.EXPLOSION", 1e-3)  # any loss explodes

    with pytest.raises(DivergedError, match="step 3"):
        finish(run)

    assert [info.key.split("/")[0] for info in run.store.list("diverged/")] == ["diverged"]
    assert len(reports(run)) == 2


def test_a_compiled_network_learns_the_same(tmp_path: Path, made_crops: CropSet) -> None:
    plain = finish(small_run(tmp_path / "plain", made_crops, steps=2))
    compiled = small_run(tmp_path / "compiled", made_crops, steps=2)

    train(compiled, CropTables(made_crops), compiled=True)

    losses = [[report.loss for report in reports(run)] for run in (plain, compiled)]
    assert torch._dynamo.utils.counters["stats"]["calls_captured"] > 0
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    unpack_artifact(compiled.store.get("model.safetensors"))
