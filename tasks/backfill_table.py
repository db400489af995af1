"""The live table of a backfill: in the terminal, and as an artifact in Prefect."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, cast
from uuid import UUID

from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from rich.console import Console
from rich.live import Live

from tasks.backfill_plan import BackfillPlan
from tasks.backfill_progress import HEADINGS, CollectionProgress
from tasks.tables import terminal_table, visible

Row = Sequence[str]


def publish_plan(plan: BackfillPlan) -> None:
    """Show the plan in Prefect as the artifact ``backfill-plan``."""
    create_table_artifact(table=_named(plan.table()), key="backfill-plan")


def table_to_json(model_digest: str, table: Sequence[Row]) -> dict[str, Any]:
    """Return a table, its headings first, as JSON values."""
    return {"model": model_digest, "table": [list(row) for row in table]}


@contextmanager
def live_table() -> Iterator["BackfillTable"]:
    """Give a table that a terminal shows in place while this lasts."""
    table = BackfillTable(Console(stderr=True))
    with table.live if table.live.console.is_terminal else nullcontext():
        yield table


class BackfillTable:
    """Shows every state of the table.

    Prefect keeps one artifact, ``backfill``, that is brought up to date. A terminal shows the table
    in place; elsewhere a collection is a line whenever its status changes.

    Args:
        console: the terminal, if it is one.

    Attributes:
        live: shows it in place.
        table: what is shown, the headings first.
        failed: collections that have failed.
    """

    def __init__(self, console: Console) -> None:
        self.live = Live(console=console, auto_refresh=False)
        self._statuses: dict[int, str] = {}
        self.table: list[Row] = [HEADINGS]
        self.failed = 0
        self._artifact = cast("UUID", create_table_artifact(table=[], key="backfill"))

    def show(self, collections: Sequence[CollectionProgress]) -> None:
        """Show how far the collections are."""
        table: list[Row] = [HEADINGS, *(one.row() for one in collections)]
        if table == self.table:
            return
        self.table = table
        self.failed = sum(one.status == "failed" for one in collections)
        if self.live.console.is_terminal:
            self.live.update(terminal_table("Backfill", table), refresh=True)
        else:
            self._write_lines(collections)
        self._update_artifact()

    def _write_lines(self, collections: Sequence[CollectionProgress]) -> None:
        for number, one in enumerate(collections):
            name, pages, done, *_, status = one.row()
            if self._statuses.get(number, "waiting") != status:
                sys.stderr.write(f"{visible(f'{name}: {done}/{pages} pages, {status}')}\n")
            self._statuses[number] = status

    def _update_artifact(self) -> None:
        data = json.dumps(_named(self.table))
        with get_client(sync_client=True) as client:
            client.update_artifact(self._artifact, ArtifactUpdate(data=data))


def _named(table: Sequence[Row]) -> list[dict[str, Any]]:
    headings, *rows = table
    return [dict(zip(headings, row, strict=True)) for row in rows]
