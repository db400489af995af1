"""What each model has read, and the removal of what a superseded one has."""

from pathlib import Path

import pytest
from sample_rows import MODEL, OTHER_MODEL, page_row

from tasks.model_status import model_statuses
from tasks.object_store import ObjectStore, open_store
from tasks.part_statistics import NO_ROWS, PartStatistics, part_statistics
from tasks.prune import PruneError, plan_prune, prune
from tasks.readings import NoReadingsError, list_parts, write_part


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return open_store(str(tmp_path))
    return open_store(f"s3://{request.getfixturevalue('s3_bucket')}/out")


def test_a_part_is_summed_over_all_rows_or_some(store: ObjectStore) -> None:
    part = write_part(store, [page_row("1", [0.5, 1.0]), page_row("2", None), page_row("3")])

    assert part_statistics(store, part) == PartStatistics(3, 1, 2, 1.5)
    assert part_statistics(store, part, [0]) == PartStatistics(1, 0, 2, 1.5)
    assert part_statistics(store, part, []) == NO_ROWS
    assert part_statistics(store, part, [1, 2]).confidence is None


def test_each_model_counts_the_rows_that_count(store: ObjectStore) -> None:
    write_part(store, [page_row("源氏/1.jpg", [0.5]), page_row("2.jpg", None), page_row("3.jpg")])
    write_part(store, [page_row("源氏/1.jpg", [0.25, 0.75], etag="v2", minutes=1)])
    write_part(store, [page_row("2.jpg", [1.0], minutes=2)])
    write_part(store, [page_row("2.jpg", None, model=OTHER_MODEL)])
    store.put("readings/not a model/part.parquet", b"somebody else's")

    statuses = {status.folder: status for status in model_statuses(store)}

    assert statuses.keys() == {MODEL[:12], OTHER_MODEL[:12]}
    assert statuses[MODEL[:12]].current == PartStatistics(3, 0, 3, 2.0)
    assert statuses[OTHER_MODEL[:12]].current == PartStatistics(1, 1)
    assert statuses[OTHER_MODEL[:12]].row()[4] == "-"


def test_an_output_without_readings_says_so(store: ObjectStore) -> None:
    with pytest.raises(NoReadingsError, match="holds no readings"):
        model_statuses(store)


def test_pruning_takes_one_model_and_tells_what_is_lost(store: ObjectStore) -> None:
    write_part(store, [page_row("1.jpg"), page_row("2.jpg"), page_row("3.jpg", None)])
    write_part(store, [page_row("1.jpg", model=OTHER_MODEL)])
    write_part(store, [page_row("2.jpg", None, model=OTHER_MODEL)])
    before = set(list_parts(store))

    plan = plan_prune(store, MODEL[:8])
    planned = set(list_parts(store))
    prune(store, plan)

    assert (plan.folder, plan.pages, plan.alone) == (MODEL[:12], 3, 1)
    assert planned == before
    assert set(list_parts(store)) == before - set(plan.parts) == set(list_parts(store, OTHER_MODEL))


@pytest.mark.parametrize(
    ("model", "error", "sentence"),
    [
        ("1234567", PruneError, "8 to 64 lower-case"),
        ("../readings", PruneError, "8 to 64 lower-case"),
        ("*", PruneError, "8 to 64 lower-case"),
        ("", PruneError, "8 to 64 lower-case"),
        ("0" * 12, NoReadingsError, "no readings of model"),
        ("01234567", PruneError, "means the models 0123456789ab, 01234567ffff"),
    ],
)
def test_pruning_refuses_what_is_not_one_model(
    store: ObjectStore, model: str, error: type[Exception], sentence: str
) -> None:
    for digest in (MODEL, "01234567ffff", OTHER_MODEL):
        write_part(store, [page_row("1.jpg", model=digest)])

    with pytest.raises(error, match=sentence):
        plan_prune(store, model)


def test_the_only_model_is_never_pruned(store: ObjectStore) -> None:
    write_part(store, [page_row("1.jpg")])

    with pytest.raises(PruneError, match="only model"):
        plan_prune(store, MODEL)
