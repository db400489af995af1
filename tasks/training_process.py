"""One of several processes that train together; torchrun starts them.

    torchrun --nproc-per-node 4 -m tasks.training_process RUN

RUN was prepared, and its crops were made, by ``kuzushiji train --only crops``.
"""

import argparse
import os

import torch
from torch import distributed

from tasks.crop_stream import CropTables
from tasks.training_progress import StepProgress
from tasks.training_run import TrainingRun, train


def main() -> None:
    """Join the process group that torchrun's environment names, and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("location", help="folder or s3://bucket/prefix of the run")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--compiled", action="store_true", help="use torch.compile")
    arguments = parser.parse_args()
    on_gpu = arguments.device != "cpu" and torch.cuda.is_available()
    device = f"cuda:{os.environ['LOCAL_RANK']}" if on_gpu else "cpu"
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        run = TrainingRun.open(arguments.location)
        with StepProgress(run.training.steps, quiet=distributed.get_rank() > 0) as progress:
            train(
                run,
                CropTables(run.crops),
                device=device,
                compiled=arguments.compiled,
                on_step=progress.show,
            )
    finally:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
