"""Reads the collections of a plan, some at once; one that fails does not stop the others."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from typing import Any, cast

from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.states import Crashed

from tasks.archive_collections import Collection
from tasks.backfill_plan import BackfillPlan, BackfillSettings
from tasks.backfill_progress import CollectionProgress
from tasks.object_store import StoreError

SECONDS_BETWEEN_LOOKS = 5.0
_NAME_LENGTH = 200

Recognize = Callable[[Collection, dict[str, Any]], State[Any]]


def read_collections(
    settings: BackfillSettings, plan: BackfillPlan, recognize: Recognize
) -> Iterator[list[CollectionProgress]]:
    """Read what the plan lists, and yield how far all are, now and then and at the end.

    Args:
        settings: the parameters.
        plan: what is to be read.
        recognize: runs the flow ``recognize-archive`` with parameters and waits for its end.
    """
    table = [CollectionProgress.of(one) for one in plan.collections]
    waiting = [one for one in table if one.status == "waiting"]

    def read(progress: CollectionProgress) -> None:
        progress.begin(plan.model_digest)
        collection = progress.plan.collection
        state = recognize(collection, settings.parameters(collection))
        if not state.is_completed():
            raise CollectionFailedError(state.message or state.name)

    pool = ThreadPoolExecutor(settings.at_once)
    try:
        # Each gets the flow run's context, so that Prefect knows whose part it is.
        runs = {pool.submit(copy_context().run, read, one): one for one in waiting}
        left: set[Future[None]] = set(runs)
        while left:
            yield table
            ended, left = wait(left, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
            for progress in waiting:
                with suppress(StoreError, ValueError):  # the next look may succeed
                    progress.refresh()
            for run in ended:
                error = run.exception()
                runs[run].end("" if error is None else str(error) or type(error).__name__)
    finally:  # those under way end; where nobody looks any more, those that wait do not begin
        pool.shutdown(cancel_futures=True)
    yield table


def on_workers(deployment: str, model_digest: str, attempt: str) -> Recognize:
    """Return what has a collection read by the workers of a deployment.

    Args:
        deployment: FLOW/DEPLOYMENT of ``recognize-archive``.
        model_digest: of the model that it will read with.
        attempt: a server starts a collection's run once in an attempt; another one joins it.
    """

    def recognize(collection: Collection, parameters: dict[str, Any]) -> State[Any]:
        run = run_deployment(
            deployment,
            parameters=parameters,
            flow_run_name=run_name(collection),
            idempotency_key=idempotency_key(collection, model_digest, attempt),
        )
        return cast("FlowRun", run).state or Crashed(message=f"{deployment} tells no state")

    return recognize


def run_name(collection: Collection) -> str:
    """Name a collection's run in Prefect."""
    return "".join(c if c.isprintable() else "�" for c in collection.name)[:_NAME_LENGTH]


class CollectionFailedError(RuntimeError):
    """The run of a collection ended without success."""


def idempotency_key(collection: Collection, model_digest: str, attempt: str) -> str:
    """Name a collection's run: a server starts no second one of the same name.

    Args:
        collection: what is read.
        model_digest: by which model.
        attempt: a new one reads again what is missing by then.
    """
    names = (collection.archive, collection.output, model_digest, attempt)
    return "backfill-" + hashlib.sha256("\0".join(names).encode()).hexdigest()
