"""Opens everything a recognition run needs, and leaves its traces beside the readings."""

import gc
import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache
from os import cpu_count
from threading import Lock

from dask import config as dask_settings
from distributed import Client
from prefect.artifacts import create_markdown_artifact

from model.precision import choose_device
from tasks.batch_log import BatchReport
from tasks.batch_reading import open_reading
from tasks.challenge import write_submission
from tasks.engines import resolve_engine
from tasks.iiif_sources import write_sources
from tasks.models import LoadedModel, load_model, with_context
from tasks.object_store import ObjectStore, open_store
from tasks.part_statistics import FETCH_THREADS
from tasks.plan import ExistingPolicy, Plan, plan_batches
from tasks.progress import PageProgress
from tasks.readings import latest_rows
from tasks.recognition import Recognition
from tasks.recognition_summary import RecognitionSummary
from tasks.row_reader import ReaderRecipe
from tasks.scans import Scan, list_scans

LOOPBACK = "127.0.0.1:0"  # Dask's status pages: nobody else's business, on any free port

# Dask looks for its dashboard anew with each scheduler and worker. Without bokeh that import
# fails, and two collections whose clusters start at once see each other's half of it.
_CLUSTER_START = Lock()

# Dask watches its workers every 10 and its loops every 20 ms, their memory every 100 and the whole
# system every 500. Of threads of our own nobody asks for that, and each time one of them that reads
# a page would have to stop.
_CALM = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "1s",
}


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    """The resolved parameters of a run; see the flow ``recognize-archive``."""

    archive: str
    output: str
    model: str = "builtin"
    context: str = "builtin"
    select: str = "*"
    limit: int | None = None
    existing: ExistingPolicy = "skip"
    retry_failed: bool = False
    batch_size: int = 64
    device: str = "auto"
    engine: str = "auto"
    dask: str | None = None
    max_failure_rate: float = 0.1
    submission: bool = False
    allow_private_hosts: bool = False
    since: str | None = None
    show_progress: bool = True

    def scans(self, archive: ObjectStore) -> Iterator[Scan]:
        """Stream the scans of the archive that the run is about."""
        midnight = datetime.min.time().replace(tzinfo=UTC)
        since = self.since and datetime.combine(date.fromisoformat(self.since), midnight)
        return list_scans(archive, self.select, since or None)


class EmptyArchiveError(FileNotFoundError):
    """The archive exists but holds no page scan that was selected."""


def check_settings(settings: RecognitionSettings) -> None:
    """Find what would stop a run before it starts.

    Raises:
        OSError, ValueError, RuntimeError: one sentence that says what to do.
    """
    archive = open_archive(settings)
    open_store(settings.output, create=True)
    _load_model(settings)
    resolve_engine(settings.engine, choose_device(settings.device))
    if next(settings.scans(archive), None) is None:
        raise EmptyArchiveError(
            f"there is no JPEG, PNG, TIFF or WebP scan matching {settings.select!r} in "
            f"{archive.location}"
        )


@contextmanager
def open_run(settings: RecognitionSettings) -> Iterator[tuple[Plan, Recognition]]:
    """Plan the run and open its Dask cluster, progress bar and reader; close them after."""
    _exempt_what_is_loaded()
    archive = open_archive(settings)
    output = open_store(settings.output, create=True)
    model = _load_model(settings)
    plan = plan_run(settings, archive, output, model.digest)
    recipe = ReaderRecipe(model.digest, settings.engine, settings.device, plan.planned, model)
    _save_configuration(archive, output, settings, model)
    write_sources(archive, output, plan.batches.scans())
    with open_dask(settings.dask) as dask:
        reading = open_reading(dask, recipe)
        channels = model.artifact.detector.configuration.input_channels
        with PageProgress(plan.planned, shown=settings.show_progress) as progress:
            shared = archive, output, reading, model.digest, dask, progress, channels
            yield plan, Recognition(*shared)


def plan_run(
    settings: RecognitionSettings, archive: ObjectStore, output: ObjectStore, model_digest: str
) -> Plan:
    """Compare the archive with the output; writes nothing.

    Raises:
        OutputExistsError: if the output should hold nothing of this model, and does.
        StoreError: if either cannot be listed.
    """
    return plan_batches(
        settings.scans(archive),
        output,
        model_digest,
        batch_size=settings.batch_size,
        existing=settings.existing,
        retry_failed=settings.retry_failed,
        limit=settings.limit,
        select=None if settings.since else settings.select,
    )


def publish_summary(
    settings: RecognitionSettings, summary: RecognitionSummary, reports: Sequence[BatchReport]
) -> None:
    """Write the summary beside the readings and into Prefect, and the submission if asked for."""
    output = open_store(settings.output)
    if settings.submission:
        rows = latest_rows(output, summary.model)
        read = [(row.scan.key, row.reading) for row in rows if row.reading is not None]
        output.put("submission.csv", write_submission(read))
    document = {
        "settings": asdict(settings),
        "summary": summary.to_dict(),
        "batches": [asdict(report) for report in reports],
    }
    output.put(
        f"runs/{uuid.uuid4().hex}.json", json.dumps(document, ensure_ascii=False, indent=2).encode()
    )
    create_markdown_artifact(summary.to_markdown(), key="recognition")


def open_archive(settings: RecognitionSettings) -> ObjectStore:
    """Open the scans of a run."""
    return open_store(settings.archive, allow_private_hosts=settings.allow_private_hosts)


def open_dask(address: str | None) -> Client:
    """Connect to a Dask scheduler, or start one of threads inside this process."""
    if address is not None:
        return Client(address)  # type: ignore[no-untyped-call]
    with _CLUSTER_START, dask_settings.set(_CALM):
        return Client(  # type: ignore[no-untyped-call]
            processes=False,
            n_workers=1,
            threads_per_worker=max(FETCH_THREADS, cpu_count() or 1),
            dashboard_address=LOOPBACK,
            worker_dashboard_address=LOOPBACK,
        )


@cache  # once a process, before the first run has made anything: what runs leave is to be found
def _exempt_what_is_loaded() -> None:
    """Let Python's collector pass over the modules that are loaded; they stay to the end.

    It took half a second to look through them, in which no page was read.
    """
    gc.freeze()


def _load_model(settings: RecognitionSettings) -> LoadedModel:
    return with_context(load_model(settings.model), settings.context)


def _save_configuration(
    archive: ObjectStore, output: ObjectStore, settings: RecognitionSettings, model: LoadedModel
) -> None:
    folder = f"models/{model.digest[:12]}"
    card = {
        "digest": model.digest,
        "files": dict(model.files),
        "detector": model.artifact.detector.configuration.to_dict(),
        "threshold": model.artifact.threshold,
        **model.artifact.card,
    }
    if model.context is not None:
        card["context"] = {"weight": model.context.weight, "margin": model.context.margin}
    if not any(output.list(f"{folder}/")):
        text = json.dumps(card, ensure_ascii=False, indent=2)
        output.put(f"{folder}/model_card.json", text.encode())
    # Whole locations: who looks for the scans later may stand in another folder.
    document = {**asdict(settings), "archive": archive.location, "output": output.location}
    resolved = json.dumps(document, ensure_ascii=False, indent=2)
    output.put("configuration.json", resolved.encode())
