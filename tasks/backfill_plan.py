"""What a backfill has to do, collection by collection, and how long that may take."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

from tasks.archive_collections import Collection, find_collections
from tasks.models import BUILTIN, load_model, with_context
from tasks.object_store import ObjectStore, open_store
from tasks.part_statistics import NO_ROWS, PartStatistics, sum_parts
from tasks.readings import is_settled, list_parts
from tasks.recognition_run import RecognitionSettings, open_archive, plan_run

HEADINGS = ("collection", "pages", "done", "to read", "gone", "time", "problem")
_PLANNED_AT_ONCE = 4
_PARTS_SAMPLED = 4  # of each collection, for the time that a page takes


@dataclass(frozen=True, slots=True)
class BackfillSettings:
    """The resolved parameters of a backfill; see the flow ``backfill-collections``."""

    collections: str
    output: str | None = None
    model: str = "builtin"
    since: str | None = None
    at_once: int = 2
    retry_failed: bool = False
    batch_size: int = 64
    device: str = "auto"
    dask: str | None = None
    max_failure_rate: float = 0.1
    allow_private_hosts: bool = False

    def parameters(self, collection: Collection) -> dict[str, Any]:
        """Return the parameters of ``recognize-archive`` for one collection."""
        return asdict(self.recognition(collection))

    def recognition(self, collection: Collection) -> RecognitionSettings:
        """Return the settings of the run that reads one collection."""
        return RecognitionSettings(
            archive=collection.archive,
            output=collection.output,
            model=self.model,
            since=self.since,
            retry_failed=self.retry_failed,
            batch_size=self.batch_size,
            device=self.device,
            dask=self.dask,
            max_failure_rate=self.max_failure_rate,
            allow_private_hosts=self.allow_private_hosts,
            show_progress=False,
        )


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """What one collection needs.

    Attributes:
        collection: which; its problem says why nothing else is known.
        listed: scans in its archive.
        done: scans that need no reading.
        to_read: scans to read.
        gone: scans that have a row but are no longer in the archive.
        sample: sums over some parts that this model has written before.
    """

    collection: Collection
    listed: int = 0
    done: int = 0
    to_read: int = 0
    gone: int = 0
    sample: PartStatistics = NO_ROWS


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a backfill needs.

    Attributes:
        model_digest: of the model that will read.
        collections: in order.
    """

    model_digest: str
    collections: tuple[CollectionPlan, ...]

    def seconds(self, plan: CollectionPlan) -> float | None:
        """Estimate how long a collection takes, from what its pages or others' took before.

        None if this model has read nothing here yet.
        """
        if not plan.to_read:
            return 0.0
        everywhere = sum((one.sample for one in self.collections), NO_ROWS)
        each = plan.sample.seconds_per_page or everywhere.seconds_per_page
        return None if each is None else each * plan.to_read

    @property
    def sentence(self) -> str:
        """What there is to do, for a log."""
        pages = sum(plan.to_read for plan in self.collections)
        return f"{pages} pages to read in {len(self.collections)} collections"

    def table(self) -> list[tuple[str, ...]]:
        """Return the headings, a line for each collection and one for all together."""
        rows = [
            (
                plan.collection.name,
                str(plan.listed),
                str(plan.done),
                str(plan.to_read),
                str(plan.gone),
                duration_text(self.seconds(plan)),
                plan.collection.problem or ("" if plan.listed else "no scans"),
            )
            for plan in self.collections
        ]
        sums = [
            str(sum(getattr(plan, name) for plan in self.collections))
            for name in ("listed", "done", "to_read", "gone")
        ]
        times = [self.seconds(plan) for plan in self.collections if not plan.collection.problem]
        total = None if None in times else sum(time or 0.0 for time in times)
        return [HEADINGS, *rows, (f"{len(rows)} collections", *sums, duration_text(total), "")]


def plan_backfill(settings: BackfillSettings) -> BackfillPlan:
    """Compare every collection with its output; writes nothing.

    Raises:
        OSError, ValueError, RuntimeError: one sentence about what concerns all collections. What
            concerns one of them is its problem.
    """
    digest = with_context(load_model(settings.model), BUILTIN).digest  # as runs do by default
    found = find_collections(settings.collections, settings.output)
    with ThreadPoolExecutor(_PLANNED_AT_ONCE) as pool:
        plans = pool.map(lambda one: _plan_collection(settings, one, digest), found)
        return BackfillPlan(digest, tuple(plans))


def duration_text(seconds: float | None) -> str:
    """Write a duration for a table: ``3 d 4 h``, ``5 h 12 min``, ``3 min``, ``40 s``."""
    if seconds is None:
        return "unknown"
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86400
    if days >= 1:
        return f"{int(days)} d {int(hours % 24)} h"
    if hours >= 1:
        return f"{int(hours)} h {int(minutes % 60)} min"
    return f"{minutes:.0f} min" if minutes >= 2 else f"{seconds:.0f} s"  # noqa: PLR2004 - minutes


def _plan_collection(
    settings: BackfillSettings, collection: Collection, digest: str
) -> CollectionPlan:
    if collection.problem:
        return CollectionPlan(collection)
    recognition = settings.recognition(collection)
    try:
        output = open_store(collection.output, missing_ok=True)
        plan = plan_run(recognition, open_archive(recognition), output, digest)
        sample = _sample(output, digest) if plan.planned else NO_ROWS
    except (OSError, ValueError, RuntimeError) as error:
        return CollectionPlan(replace(collection, problem=str(error)))
    return CollectionPlan(collection, plan.listed, plan.done, plan.planned, len(plan.gone), sample)


def _sample(output: ObjectStore, digest: str) -> PartStatistics:
    parts = filter(is_settled, list_parts(output, digest))
    return sum_parts(output, islice(parts, _PARTS_SAMPLED))
