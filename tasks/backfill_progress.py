"""How far each collection of a backfill is: what its output holds tells, wherever it is read."""

import time
from dataclasses import dataclass
from typing import Literal

from tasks.backfill_plan import CollectionPlan
from tasks.model_status import confidence_text
from tasks.object_store import ObjectStore, open_store
from tasks.part_statistics import NO_ROWS, PartStatistics, sum_parts
from tasks.readings import list_part_objects

HEADINGS = (
    "collection", "pages", "done", "failed", "pages/s", "characters", "confidence", "status",
)  # fmt: skip

Status = Literal["waiting", "running", "done", "nothing to do", "no scans", "failed"]


class NewParts:
    """The parts that a model has written to an output since this was made.

    Each refresh is one listing and a few small reads of what is new.

    Args:
        store: the output.
        model_digest: of the model.
    """

    def __init__(self, store: ObjectStore, model_digest: str) -> None:
        self._store = store
        self._model_digest = model_digest
        self._seen = self._listed()
        self.sums = NO_ROWS

    def refresh(self) -> PartStatistics:
        """Return the sums over all new parts."""
        new = self._listed() - self._seen
        self.sums += sum_parts(self._store, (key for key, _ in new))
        self._seen |= new
        return self.sums

    def _listed(self) -> set[tuple[str, str]]:
        infos = list_part_objects(self._store, self._model_digest)
        return {(info.key, info.etag) for info in infos}


@dataclass(slots=True)
class CollectionProgress:
    """One collection's line in the table; changes while it is read.

    Attributes:
        plan: what it needs.
        status: how far it is.
        cause: why it failed, in one sentence.
        sums: over the rows that this backfill has written.
        seconds: since its run began, until it ended.
    """

    plan: CollectionPlan
    status: Status = "waiting"
    cause: str = ""
    sums: PartStatistics = NO_ROWS
    seconds: float = 0.0
    _parts: NewParts | None = None
    _began: float = 0.0

    @classmethod
    def of(cls, plan: CollectionPlan) -> "CollectionProgress":
        """Begin with what the plan tells: some collections end before they are read."""
        if plan.collection.problem:
            return cls(plan, "failed", plan.collection.problem)
        if not plan.to_read:
            return cls(plan, "nothing to do" if plan.listed else "no scans")
        return cls(plan)

    def begin(self, model_digest: str) -> None:
        """Note that its run begins."""
        output = open_store(self.plan.collection.output, create=True)
        self._parts = NewParts(output, model_digest)
        self._began = time.monotonic()
        self.status = "running"

    def refresh(self) -> None:
        """Look at what its output holds by now."""
        if self._parts is not None and self.status == "running":
            self.sums = self._parts.refresh()
            self.seconds = time.monotonic() - self._began

    def end(self, cause: str = "") -> None:
        """Note that its run has ended, well or for a cause."""
        self.status, self.cause = ("failed", cause) if cause else ("done", "")

    def row(self) -> tuple[str, ...]:
        """Return its line under `HEADINGS`."""
        sums = self.sums
        rate = f"{sums.pages / self.seconds:.2f}" if sums.pages and self.seconds else "-"
        return (
            self.plan.collection.name,
            str(self.plan.listed),
            str(self.plan.done + sums.pages),
            str(sums.failed),
            rate,
            str(sums.characters),
            confidence_text(sums.confidence),
            f"{self.status}: {self.cause}" if self.cause else self.status,
        )
