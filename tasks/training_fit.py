"""The training itself as a Prefect task: in this process, or in several by torchrun."""

import base64
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import Any

from prefect import task
from prefect.artifacts import create_image_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from tasks.checkpoints import load_checkpoint
from tasks.crop_stream import CropTables
from tasks.object_store import ObjectStore
from tasks.training_log import reports_from_tensor
from tasks.training_progress import StepProgress
from tasks.training_run import TrainingResult, TrainingRun, train


class TrainingProcessError(RuntimeError):
    """A training process ended with an error, which it has printed."""


@task(name="fit-detector", cache_policy=NO_CACHE)
def fit_detector(
    location: str,
    *,
    device: str = "auto",
    compiled: bool = False,
    processes: int = 1,
    crops_ended: threading.Event | None = None,
) -> dict[str, Any]:
    """Train the prepared run at a location to its last step, from its newest checkpoint.

    Args:
        location: folder or s3://bucket/prefix of the run.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        compiled: use ``torch.compile``.
        processes: how many share each step; with several, each GPU or core set gets one.
        crops_ended: set once no further crop will come; without one, all are there already.

    Returns:
        The last step's figures, the trainer's waiting share and the seconds it took.

    Raises:
        DivergedError, MissingCropsError, TrainingProcessError: why the run ended early.
    """
    run = TrainingRun.open(location)
    if processes > 1:
        _train_in_processes(location, processes, device, compiled=compiled)
        result = TrainingResult(_last_report(run.store), 0.0, 0.0)
    else:
        with StepProgress(run.training.steps) as progress:
            tables = CropTables(run.crops, crops_ended)
            result = train(run, tables, device=device, compiled=compiled, on_step=progress.show)
    figures = {
        **(asdict(result.report) if result.report else {}),
        "waiting_share": result.waiting_share,
        "seconds": result.seconds,
    }
    _publish(run.store, figures)
    return figures


def _train_in_processes(location: str, processes: int, device: str, *, compiled: bool) -> None:
    """Start torchrun, whose processes meet on this machine; it prints what they print."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    options = ["--device", device, *(["--compiled"] if compiled else [])]
    command = [sys.executable, *launcher, "-m", "tasks.training_process", location, *options]
    status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own module
    if status:
        raise TrainingProcessError(
            f"training in {processes} processes ended with status {status}; its last lines above "
            "tell why"
        )


def _last_report(store: ObjectStore) -> Any:  # noqa: ANN401
    state = load_checkpoint(store)
    return reports_from_tensor(state["reports"])[-1] if state else None


def _publish(store: ObjectStore, figures: dict[str, Any]) -> None:
    """Show the curves and the last figures in Prefect."""
    picture = base64.b64encode(store.get("curves.png")).decode()
    create_image_artifact(
        image_url=f"data:image/png;base64,{picture}",
        key="training-curves",
        description="Losses, accuracy, gradient norm and learning rate over the steps.",
    )
    create_table_artifact(table=[figures], key="training-figures")
