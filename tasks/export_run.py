"""Writes what was planned: Prefect tasks around pages in, files out."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Literal, NamedTuple

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from tasks.export_plan import ExportPlan, ExportSettings, plan_export, save_configuration
from tasks.export_summary import ExportSummary
from tasks.exports.page import ExportPage, row_to_page
from tasks.object_store import open_store
from tasks.page_row import PageRow
from tasks.progress import PageProgress
from tasks.readings import latest_rows

_THREADS = 8  # mostly waiting for the store
_PAGES_AT_ONCE = 64  # bounds the rows in memory


_Fate = Literal["written", "kept"]


class _Outcome(NamedTuple):
    row: PageRow
    page: ExportPage | None
    files: Counter[_Fate]


@task(name="export-archive", cache_policy=NO_CACHE)
def export_archive(settings: ExportSettings) -> ExportSummary:
    """Write the files of every page, then those of the whole archive.

    Raises:
        OSError, ValueError: one sentence that says what to do.
    """
    plan = plan_export(settings)
    save_configuration(plan, settings)
    with PageProgress(plan.pages) as progress:
        return _export(plan, progress)


@task(name="publish-export", cache_policy=NO_CACHE)
def publish_export(settings: ExportSettings, summary: ExportSummary) -> None:
    """Write the summary beside the exports and into Prefect."""
    document = {"settings": asdict(settings), "summary": summary.to_dict()}
    data = json.dumps(document, ensure_ascii=False, indent=2).encode(errors="replace")
    open_store(settings.destination).put(f"runs/{uuid.uuid4().hex}.json", data)
    create_markdown_artifact(summary.to_markdown(), key="export")


def _export(plan: ExportPlan, progress: PageProgress) -> ExportSummary:
    archive_files = {
        name: kind.new_archive_file()
        for name, kind in plan.formats.items()
        if kind.new_archive_file is not None
    }
    files: Counter[_Fate] = Counter()
    failed: dict[str, str] = {}
    replaced = 0
    newest = datetime.min.replace(tzinfo=UTC)
    for row, page, fates in _page_files(plan):
        progress.count(failed=page is None)
        files += fates
        newest = max(newest, row.read_at)
        if page is None:
            failed[row.scan.key] = row.error_kind or "no-size"
            continue
        replaced += page.replaced
        for archive_file in archive_files.values():
            archive_file.add(page)
    for name, archive_file in archive_files.items():
        for file_name, data in archive_file.files():
            files[_write(plan, f"{name}/{file_name}", newest, partial(bytes, data))] += 1
    return ExportSummary(
        readings=plan.readings.location,
        destination=plan.destination.location,
        model=plan.model,
        formats=list(plan.formats),
        pages=progress.done - len(failed),
        written=files["written"],
        kept=files["kept"],
        failed=failed,
        replaced=replaced,
        seconds=progress.seconds,
    )


def _page_files(plan: ExportPlan) -> Iterator[_Outcome]:
    """Write the files of the pages, several at once, and report on them in key order."""
    # Pages that were first read since the plan was made are left for the next export.
    rows = (
        row
        for row in latest_rows(plan.readings, plan.model)
        if row.reading is None or row.scan.key in plan.names
    )
    with ThreadPoolExecutor(_THREADS) as pool:
        while window := list(islice(rows, _PAGES_AT_ONCE)):
            yield from pool.map(lambda row: _write_page(plan, row), window)


def _write_page(plan: ExportPlan, row: PageRow) -> _Outcome:
    page = row_to_page(row, plan.names.get(row.scan.key, ""))
    if page is None:
        return _Outcome(row, page, Counter())
    files = Counter(
        _write(plan, f"{name}/{page.name}{suffix}", page.read_at, partial(page_to_bytes, page))
        for name, kind in plan.formats.items()
        for suffix, page_to_bytes in kind.page_files.items()
    )
    return _Outcome(row, page, files)


def _write(plan: ExportPlan, key: str, read_at: datetime, content: Callable[[], bytes]) -> _Fate:
    if key in plan.present and plan.present[key] >= read_at:
        return "kept"
    plan.destination.put(key, content())
    return "written"
