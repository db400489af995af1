import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from model.characters import PageReading
from tasks.object_store import DirectoryStore, S3Store
from tasks.page_row import PageRow, PageTimings
from tasks.reading_table import SCHEMA, VERSION_KEY, rows_to_table, table_to_rows
from tasks.readings import (
    ReadingsFormatError,
    latest_rows,
    list_parts,
    pages_of,
    part_key,
    read_rows,
    write_batch,
    write_part,
)
from tasks.scans import Scan

MODEL = "0123456789abcdef" * 4
OTHER_MODEL = "fedcba9876543210" * 4
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def reading(count: int = 2, alternatives: int = 3, first: int = 0x1B002) -> PageReading:
    codepoints = first + np.arange(count * alternatives, dtype=np.int32)
    return PageReading(
        boxes_N4=np.arange(count * 4, dtype=np.float32).reshape(count, 4) / np.float32(3),
        scores_N=np.linspace(0, 1, count, dtype=np.float32),
        codepoints_NK=codepoints.reshape(count, alternatives),
        probabilities_NK=np.full((count, alternatives), 1 / 3, np.float32),
    )


def row(
    key: str,
    etag: str = "v1",
    *,
    failed: bool = False,
    model: str = MODEL,
    minutes: int = 0,
    found: PageReading | None = None,
    error_kind: str = "truncated",
) -> PageRow:
    return PageRow(
        scan=Scan(key, 1000, etag),
        width=None if failed else 300,
        height=None if failed else 400,
        model_digest=model,
        reading=None if failed else found or reading(),
        error_kind=error_kind if failed else None,
        error_message="the image ends early" if failed else None,
        timings=PageTimings(fetch=0.25, forward=1.5),
        read_at=NOON + timedelta(minutes=minutes),
    )


def assert_same_reading(actual: PageReading | None, expected: PageReading | None) -> None:
    assert (actual is None) == (expected is None)
    if actual is not None and expected is not None:
        for name in ("boxes_N4", "scores_N"):
            np.testing.assert_array_equal(getattr(actual, name), getattr(expected, name))
        if len(expected):  # a page without characters does not remember how many alternatives
            np.testing.assert_array_equal(actual.codepoints_NK, expected.codepoints_NK)
            np.testing.assert_array_equal(actual.probabilities_NK, expected.probabilities_NK)
        assert actual.codepoints_NK.dtype == np.int32
        assert actual.probabilities_NK.dtype == np.float32


def assert_same_rows(actual: Sequence[PageRow], expected: Sequence[PageRow]) -> None:
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
        for name in PageRow.__dataclass_fields__:
            if name != "reading":
                assert getattr(one, name) == getattr(other, name), name
        assert_same_reading(one.reading, other.reading)


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


@pytest.mark.parametrize(
    "rows",
    [
        [row("a")],
        [row("a", failed=True)],
        [row("a", found=PageReading.empty())],
        [row("a", found=PageReading.empty(1)), row("b", failed=True)],
        [row("a", failed=True), row("b"), row("c", found=PageReading.empty()), row("d")],
        [row("a", found=reading(3, 1)), row("b", found=reading(1, 5)), row("c")],
        [row("源氏/一 <img>.jpg", found=reading(1200, 5, 0x4E00))],
    ],
)
def test_rows_come_back_as_written(store: DirectoryStore, rows: list[PageRow]) -> None:
    write_part(store, rows)

    assert_same_rows(list(read_rows(store)), rows)
    assert_same_rows(list(latest_rows(store)), rows)


CODEPOINTS = st.one_of(st.integers(1, 0xD7FF), st.integers(0xE000, 0x10FFFF))


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 6)).flatmap(
            lambda shape: st.builds(
                PageReading,
                npst.arrays(np.float32, (shape[0], 4), elements=st.floats(width=32)),
                npst.arrays(np.float32, shape[0], elements=st.floats(0, 1, width=32)),
                npst.arrays(np.int32, shape, elements=CODEPOINTS),
                npst.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)),
            )
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_reading_survives_the_table(readings: list[PageReading]) -> None:
    rows = [row(f"{number}", found=found) for number, found in enumerate(readings)]

    table = rows_to_table(rows)

    assert_same_rows(list(table_to_rows(table)), rows)
    for page in table["characters"].to_pylist():
        for character in page:
            for one in (character, *character["alternatives"]):
                assert one["character"] == chr(one["codepoint"])


def test_columns_say_what_the_schema_promises(store: DirectoryStore) -> None:
    key = write_part(store, [row("a"), row("b", failed=True)])

    table = pq.read_table(store.root / key)
    first, second = table.to_pylist()

    assert table.schema.equals(SCHEMA)
    assert table.schema.metadata[VERSION_KEY] == b"1"
    assert (first["status"], first["width"], first["height"]) == ("read", 300, 400)
    character = first["characters"][1]
    assert (character["codepoint"], character["character"]) == (0x1B005, "\U0001b005")
    assert (character["x"], character["order"]) == (pytest.approx(4 / 3), 1)
    assert [a["character"] for a in character["alternatives"]] == [
        "\U0001b005",
        "\U0001b006",
        "\U0001b007",
    ]
    assert first["timings"]["forward"] == 1.5
    assert (second["status"], second["error_kind"]) == ("failed", "truncated")
    assert (second["width"], second["characters"]) == (None, [])


def test_a_batch_has_one_name_whatever_its_order(store: DirectoryStore) -> None:
    rows = [row("a"), row("b", failed=True)]

    names = {write_part(store, rows), write_part(store, rows[::-1])}

    assert names == {part_key(MODEL, [one.scan for one in rows])}
    assert list(list_parts(store)) == list(names)
    assert names.pop().startswith("readings/0123456789ab/part-")


@pytest.mark.parametrize(
    "changed",
    [[Scan("a", 1, "v2")], [Scan("b", 1, "v1")], [Scan("a", 1, "v1"), Scan("b", 1, "v1")]],
)
def test_other_pages_have_another_name(changed: list[Scan]) -> None:
    assert part_key(MODEL, changed) != part_key(MODEL, [Scan("a", 1, "v1")])
    assert part_key(OTHER_MODEL, changed) != part_key(MODEL, changed)


@pytest.mark.parametrize("digest", ["", "abc", "../../../../etc", "0123456789AB", "g" * 64])
def test_a_digest_that_is_none_is_refused(store: DirectoryStore, digest: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        write_part(store, [row("a", model=digest)])


@pytest.mark.parametrize("rows", [[], [row("a"), row("b", model=OTHER_MODEL)]])
def test_a_part_holds_one_model(store: DirectoryStore, rows: list[PageRow]) -> None:
    with pytest.raises(ValueError, match="rows of one model"):
        write_part(store, rows)


@pytest.mark.parametrize(
    ("rows", "current"),
    [
        pytest.param([row("a"), row("a", minutes=1)], 1, id="the newest reading"),
        pytest.param([row("a", minutes=1), row("a")], 0, id="whatever the order"),
        pytest.param([row("a"), row("a", failed=True, minutes=1)], 0, id="a reading first"),
        pytest.param(
            [row("a", failed=True), row("a", failed=True, minutes=1)], 1, id="the newest failure"
        ),
        pytest.param([row("a"), row("a", "v2", minutes=1)], 1, id="the newest bytes"),
        pytest.param(
            [row("a"), row("a", "v2", failed=True, minutes=1)], 1, id="even if they failed"
        ),
    ],
)
def test_one_row_of_a_page_is_current(
    store: DirectoryStore, rows: list[PageRow], current: int
) -> None:
    for number, one in enumerate(rows):  # a second page makes each its own part
        write_part(store, [one, row("b", f"{number}")])

    latest = [one for one in latest_rows(store) if one.scan.key == "a"]

    assert_same_rows(latest, [rows[current]])


def test_current_rows_come_in_key_order_from_many_parts(store: DirectoryStore) -> None:
    keys = [f"{number:03}" for number in range(60)]
    for start in range(20):
        write_part(store, [row(key) for key in keys[start::20]])

    assert [one.scan.key for one in latest_rows(store)] == keys


def test_models_are_kept_apart(store: DirectoryStore) -> None:
    write_part(store, [row("a"), row("b")])
    write_part(store, [row("a", model=OTHER_MODEL, minutes=1)])

    assert [one.model_digest for one in latest_rows(store)] == [OTHER_MODEL, MODEL]
    assert [one.scan.key for one in latest_rows(store, MODEL)] == ["a", "b"]
    assert [one.scan.key for one in read_rows(store, OTHER_MODEL)] == ["a"]


def test_models_whose_digests_begin_alike_are_kept_apart(store: DirectoryStore) -> None:
    twin = MODEL[:12] + "0" * 52
    write_part(store, [row("a")])
    write_part(store, [row("b", model=twin)])

    assert [one.scan.key for one in latest_rows(store, twin)] == ["b"]
    assert [one.scan.key for one in read_rows(store, MODEL)] == ["a"]


def test_the_first_digits_of_a_model_are_enough(store: DirectoryStore) -> None:
    write_part(store, [row("a.jpg")])
    write_part(store, [row("b.jpg", model=OTHER_MODEL)])

    assert [found.scan.key for found in latest_rows(store, MODEL[:12])] == ["a.jpg"]
    assert [found.scan.key for found in read_rows(store, MODEL[:20])] == ["a.jpg"]


def test_an_output_without_readings_has_no_rows(store: DirectoryStore) -> None:
    assert list(read_rows(store)) == list(latest_rows(store, MODEL)) == []


def test_a_page_that_was_ever_read_counts_as_read(store: DirectoryStore) -> None:
    write_part(store, [row("a"), row("b", failed=True)])
    write_part(store, [row("a", failed=True, minutes=1)])

    held, read = pages_of(store, list_parts(store))

    assert (held, read) == ({"a", "b"}, {"a"})


def test_the_keys_of_pages_cost_a_fraction_of_a_part(
    s3_bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(s3_bucket)
    random = np.random.default_rng(0)
    rows = [row(f"{n}", found=random_reading(random)) for n in range(16)]
    part = write_part(store, rows)
    size = store.head(part).size
    fetched = 0
    get_object = store.client.get_object

    def counted(**request: object) -> object:
        nonlocal fetched
        answer = get_object(**request)  # type: ignore[arg-type]
        fetched += answer["ContentLength"]
        return answer

    monkeypatch.setattr(store.client, "get_object", counted)
    held, _ = pages_of(store, [part])

    assert len(held) == 16
    assert fetched < size / 2


def random_reading(random: np.random.Generator) -> PageReading:
    return PageReading(
        boxes_N4=random.random((500, 4), np.float32),
        scores_N=random.random(500, np.float32),
        codepoints_NK=random.integers(0x3041, 0x9FFF, (500, 5), dtype=np.int32),
        probabilities_NK=random.random((500, 5), np.float32),
    )


def parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


NEWER = SCHEMA.with_metadata({VERSION_KEY: b"2"})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no part of readings"),
        (b"PAR1 but not really PAR1", "no part of readings"),
        (parquet(rows_to_table([row("a")]))[:-20], "no part of readings"),
        (parquet(rows_to_table([row("a")]).replace_schema_metadata({})), "no part of readings"),
        (parquet(pa.table({"x": [1]}, metadata={VERSION_KEY: b"1"})), "no part of readings"),
        (parquet(NEWER.empty_table()), "schema version 2.*update"),
    ],
)
def test_a_foreign_file_is_named(store: DirectoryStore, data: bytes, message: str) -> None:
    store.put("readings/0123456789ab/strange.parquet", data)

    for read in (read_rows, latest_rows):
        with pytest.raises(ReadingsFormatError, match=message) as caught:
            list(read(store))
        assert "strange.parquet" in str(caught.value)


def test_damage_inside_a_part_is_named(store: DirectoryStore) -> None:
    key = write_part(store, [row("a", found=reading(400, 5, 0x4E00))])
    data = bytearray(store.get(key))
    data[40 : len(data) // 2] = b"\xff" * (len(data) // 2 - 40)
    store.put(key, bytes(data))

    with pytest.raises(ReadingsFormatError, match="part-"):
        list(read_rows(store))


def test_files_of_other_kinds_beside_the_parts_are_left_alone(store: DirectoryStore) -> None:
    store.put("readings/0123456789ab/notes.txt", b"mine")

    assert list(read_rows(store)) == []


@pytest.mark.parametrize(
    ("found", "error_kind", "read_at", "message"),
    [
        (reading(), "truncated", NOON, "has both"),
        (None, None, NOON, "has neither"),
        (reading(), None, NOON.replace(tzinfo=None), "time zone"),
    ],
)
def test_an_impossible_row_is_refused(
    found: PageReading | None, error_kind: str | None, read_at: datetime, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PageRow(Scan("a", 1, "v"), 1, 1, MODEL, found, error_kind, None, PageTimings(), read_at)


def test_passing_failures_are_kept_apart(store: DirectoryStore) -> None:
    rows = [row("a"), row("b", failed=True), row("c", failed=True, error_kind="unavailable")]

    write_batch(store, rows)

    first, second = sorted(list_parts(store))
    assert "/again-" in first
    assert "/part-" in second
    assert_same_rows(list(latest_rows(store)), rows)


def test_passing_failures_in_a_part_of_others_are_refused(store: DirectoryStore) -> None:
    with pytest.raises(ValueError, match="write_batch"):
        write_part(store, [row("a"), row("b", failed=True, error_kind="unavailable")])
