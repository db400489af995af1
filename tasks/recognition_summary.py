"""What a run of recognition did: counts, the verdict, terminal and Markdown tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.batch_log import BatchReport
from tasks.plan import Plan

_GONE_SHOWN, _GONE_NAMED = 3, 1000  # keys in the closing table, and in the run's record


@dataclass(frozen=True, slots=True)
class RecognitionSummary:
    """Counts of one run.

    Attributes:
        archive: location of the scans.
        output: location of the readings.
        model: digest of the model.
        listed: scans that the archive holds.
        done_before: scans that needed nothing.
        pages: scans handled by this run.
        failed: how many of them could not be read, by kind of error.
        characters: characters found by this run.
        seconds: from the first page asked for until the last part was written.
        gone: scans that have a row but are no longer in the archive.
        gone_first: keys of some of them.
        spent: seconds of all batches by what they went into; see `BatchReport`.
        gpu_workers: Dask workers that read; 0 if this process did.
    """

    archive: str
    output: str
    model: str
    listed: int
    done_before: int
    pages: int
    failed: dict[str, int]
    characters: int
    seconds: float
    gone: int = 0
    gone_first: tuple[str, ...] = ()
    spent: dict[str, float] = field(default_factory=dict)
    gpu_workers: int = 0

    @property
    def failure_rate(self) -> float:
        """Share of this run's pages that could not be read."""
        return sum(self.failed.values()) / self.pages if self.pages else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return {**asdict(self), "failure_rate": self.failure_rate}

    def rows(self) -> list[tuple[str, str]]:
        """Return the lines of the closing table."""
        failures = ", ".join(f"{kind}: {count}" for kind, count in sorted(self.failed.items()))
        rate = self.pages / self.seconds if self.seconds else 0.0
        return [
            ("archive", f"{self.listed} scans in {self.archive}"),
            ("done before", str(self.done_before)),
            ("handled now", f"{self.pages} pages in {self.seconds:.1f} s ({rate:.2f} pages/s)"),
            (
                "not readable",
                f"{sum(self.failed.values())}" + (f" ({failures})" if failures else ""),
            ),
            ("characters", str(self.characters)),
            *([("gone, rows kept", self._gone())] if self.gone else []),
            *([("read on", f"{self.gpu_workers} Dask workers")] if self.gpu_workers else []),
            ("model", self.model[:12]),
            ("readings", self.output),
        ]

    def _gone(self) -> str:
        names = ", ".join(self.gone_first[:_GONE_SHOWN])
        more = ", …" if self.gone > _GONE_SHOWN else ""
        return f"{self.gone} no longer in the archive: {names}{more}"

    def to_markdown(self) -> str:
        """Return the closing table for Prefect's page of artifacts."""
        lines = [f"| {name} | {value} |" for name, value in self.rows()]
        return "\n".join(["| recognition | |", "|---|---|", *lines])


def summarize(
    archive: str,
    output: str,
    model: str,
    plan: Plan,
    reports: Iterable[BatchReport],
    seconds: float,
    gpu_workers: int,
) -> RecognitionSummary:
    """Add up the batches of a run."""
    reports = list(reports)
    failed: Counter[str] = Counter()
    spent: dict[str, float] = defaultdict(float)
    for report in reports:
        failed.update(report.failed)
        for name, value in report.seconds.items():
            spent[name] += value
    return RecognitionSummary(
        archive=archive,
        output=output,
        model=model,
        listed=plan.listed,
        done_before=plan.done,
        pages=sum(report.pages for report in reports),
        failed=dict(failed),
        characters=sum(report.characters for report in reports),
        seconds=seconds,
        gone=len(plan.gone),
        gone_first=plan.gone[:_GONE_NAMED],
        spent=dict(spent),
        gpu_workers=gpu_workers,
    )
