"""Exports end to end: every format, folders and buckets, what is there already, odd names."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.commands.export import Format
from flows.export_readings import export_readings
from model.characters import PageReading
from tasks.challenge import AmbiguousImageError
from tasks.export_plan import ExportExistsError
from tasks.export_summary import ExportSummary
from tasks.exports.file_names import NameCollisionError
from tasks.exports.formats import FormatName, MissingAddressError
from tasks.label_sources import open_labels
from tasks.object_store import ObjectStore, open_store
from tasks.page_row import PageRow, PageTimings
from tasks.readings import NoReadingsError, write_part
from tasks.scans import Scan
from tasks.scoring import SeveralModelsError

MODEL, OTHER_MODEL = "0123456789abcdef" * 4, "fedcba9876543210" * 4
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
WEB = "https://library.example/exports"
ALL: list[FormatName] = list(get_args(FormatName))
HOSTILE = [
    "<img onerror=alert(1)>.jpg",
    "源氏/[/red] 一 \x01.jpg",
    "../../outside.jpg",
    "/absolute.jpg",
    "con.jpg",
    "長" * 80 + "/" + "長" * 80 + ".jpg",
]


def row(key: str, *, failed: bool = False, model: str = MODEL, days: float = 0) -> PageRow:
    return PageRow(
        scan=Scan(key, 1000, "v1"),
        width=None if failed else 300,
        height=None if failed else 400,
        model_digest=model,
        reading=None if failed else reading(),
        error_kind="truncated" if failed else None,
        error_message="the image ends early" if failed else None,
        timings=PageTimings(),
        read_at=NOON + timedelta(days=days),
    )


def reading() -> PageReading:
    boxes = [[200, 10, 30, 30], [202, 50, 30, 30], [150, 10, 30, 30]]
    return PageReading(
        boxes_N4=np.asarray(boxes, np.float32),
        scores_N=np.asarray([0.9, 0.8, 0.7], np.float32),
        codepoints_NK=np.asarray([[0x306E, 0x3081], [0x1B002, 0x3042], [1, 2]], np.int32),
        probabilities_NK=np.asarray([[0.9, 0.1], [0.8, 0.1], [0.9, 0.1]], np.float32),
    )


def write_readings(location: str, rows: Iterable[PageRow]) -> str:
    store = open_store(location, create=True)
    rows = list(rows)
    write_part(store, rows)
    digest = rows[0].model_digest
    card = json.dumps({"digest": digest}).encode()
    store.put(f"models/{digest[:12]}/model_card.json", card)
    return location


def files(store: ObjectStore) -> list[str]:
    return [info.key for info in store.list() if not info.key.startswith("runs/")]


@pytest.fixture
def readings(tmp_path: Path) -> str:
    rows = [row("genji/1.jpg"), row("genji/2.jpg", failed=True), row("ise/3.tif")]
    return write_readings(str(tmp_path / "readings"), rows)


@pytest.fixture(params=["directory", "s3"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "directory":
        return str(tmp_path / "exports")
    return f"s3://{request.getfixturevalue('s3_bucket')}/exports"


EXPECTED = [
    *(f"alto/{name}.xml" for name in ("genji/1", "ise/3")),
    "coco/annotations.json",
    "csv/submission.csv",
    "export.json",
    *(f"hocr/{name}.html" for name in ("genji/1", "ise/3")),
    "iiif/collection.json",
    *(
        f"iiif/genji/{name}"
        for name in ("1.annotations.json", "1.characters.json", "manifest.json")
    ),
    *(f"iiif/ise/{name}" for name in ("3.annotations.json", "3.characters.json", "manifest.json")),
    "jsonl/readings.jsonl",
    *(f"page/{name}.xml" for name in ("genji/1", "ise/3")),
    *(f"tei/{name}.xml" for name in ("genji/1", "ise/3")),
    *(f"text/{name}.txt" for name in ("genji/1", "ise/3")),
]


@pytest.mark.parametrize("kind", ["alto", "page", "coco"])
def test_exports_are_labels_that_find_their_scans_from_anywhere(
    readings: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: FormatName
) -> None:
    scans = open_store(str(tmp_path / "scans"), create=True)
    for key in ("genji/1.jpg", "genji/2.jpg", "ise/3.tif"):
        scans.put(key, b"")
    configuration = json.dumps({"archive": scans.location}).encode()
    open_store(readings).put("configuration.json", configuration)
    monkeypatch.chdir(tmp_path)
    export_readings("readings", "exports", [kind])

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    labels = open_labels(kind, str(tmp_path / "exports"))

    assert labels.store.location == scans.location
    assert {scan.key for scan, _ in labels.pages} == {"genji/1.jpg", "ise/3.tif"}


def test_every_format_is_written_and_failed_pages_are_listed(
    readings: str, destination: str
) -> None:
    summary = export_readings(readings, destination, ALL, base_url=WEB)

    store = open_store(destination)
    assert files(store) == EXPECTED
    assert store.get("text/genji/1.txt").decode() == "の\U0001b002\n\ufffd\n"
    assert summary["failed"] == {"genji/2.jpg": "truncated"}
    assert (summary["pages"], summary["written"], summary["kept"]) == (2, len(EXPECTED) - 1, 0)
    assert summary["replaced"] == 2
    assert json.loads(store.get("export.json"))["model"] == MODEL


def test_readings_in_a_bucket_are_exported_to_a_bucket(s3_bucket: str) -> None:
    readings = write_readings(f"s3://{s3_bucket}/readings", [row("genji/1.jpg")])

    export_readings(readings, f"s3://{s3_bucket}/exports", ["alto"])

    assert files(open_store(f"s3://{s3_bucket}/exports")) == ["alto/genji/1.xml", "export.json"]


def test_a_second_export_leaves_what_is_newer_than_its_reading(
    readings: str, destination: str
) -> None:
    export_readings(readings, destination, ALL, base_url=WEB)

    summary = export_readings(readings, destination, ALL, base_url=WEB)

    assert (summary["written"], summary["kept"]) == (0, len(EXPECTED) - 1)


def test_a_newer_reading_is_exported_anew(readings: str, tmp_path: Path) -> None:
    destination = str(tmp_path / "exports")
    formats: list[FormatName] = ["text", "jsonl"]
    export_readings(readings, destination, formats)
    tomorrow = (datetime.now(UTC) - NOON).days + 1
    write_part(open_store(readings), [row("ise/3.tif", days=tomorrow), row("ise/4.tif")])

    summary = export_readings(readings, destination, formats)

    assert (summary["written"], summary["kept"]) == (3, 1)  # two pages and the lines; not genji/1


def test_overwrite_writes_everything_again(readings: str, tmp_path: Path) -> None:
    destination = str(tmp_path / "exports")
    export_readings(readings, destination, ["text"])
    (tmp_path / "exports/text/genji/1.txt").write_text("edited")

    summary = export_readings(readings, destination, ["text"], existing="overwrite")

    assert (summary["written"], summary["kept"]) == (2, 0)
    assert "edited" not in (tmp_path / "exports/text/genji/1.txt").read_text()


def test_abort_refuses_and_writes_nothing(readings: str, tmp_path: Path) -> None:
    destination = tmp_path / "exports"
    (destination / "text").mkdir(parents=True)
    (destination / "text/mine.txt").write_text("mine")

    with pytest.raises(ExportExistsError, match=r"already holds 'text/mine\.txt'"):
        export_readings(readings, str(destination), ["text", "alto"], existing="abort")

    assert files(open_store(str(destination))) == ["text/mine.txt"]


def test_abort_writes_where_nothing_is_in_the_way(readings: str, tmp_path: Path) -> None:
    export_readings(readings, str(tmp_path / "exports"), ["alto"])

    summary = export_readings(readings, str(tmp_path / "exports"), ["text"], existing="abort")

    assert summary["written"] == 2


def test_exports_of_two_models_are_not_mixed(readings: str, tmp_path: Path) -> None:
    destination = str(tmp_path / "exports")
    export_readings(readings, destination, ["text"])
    write_readings(readings, [row("genji/1.jpg", model=OTHER_MODEL)])

    with pytest.raises(SeveralModelsError):
        export_readings(readings, destination, ["text"])
    with pytest.raises(ExportExistsError, match="exports of model 0123456789ab"):
        export_readings(readings, destination, ["text"], model=OTHER_MODEL)
    summary = export_readings(
        readings, destination, ["text"], model=OTHER_MODEL, existing="overwrite"
    )

    assert (summary["model"], summary["written"]) == (OTHER_MODEL, 1)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff"])
def test_a_foreign_export_json_is_not_overwritten(
    readings: str, tmp_path: Path, content: bytes
) -> None:
    store = open_store(str(tmp_path / "exports"), create=True)
    store.put("export.json", content)
    store.put("text/old.txt", b"")

    with pytest.raises(ExportExistsError, match="move it away"):
        export_readings(readings, store.location, ["text"])

    assert store.get("export.json") == content


@pytest.mark.parametrize("format_name", ALL)
def test_no_name_leaves_the_destination(
    tmp_path: Path, format_name: FormatName, destination: str
) -> None:
    readings = write_readings(str(tmp_path / "readings"), map(row, HOSTILE))
    before = set(tmp_path.iterdir())

    summary = export_readings(readings, destination, [format_name], base_url=WEB)

    assert summary["pages"] == len(HOSTILE)
    assert len(files(open_store(destination))) == summary["written"] + 1
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "exports"}


@pytest.mark.parametrize(
    ("keys", "formats", "error"),
    [
        pytest.param(["a/1.jpg", "a/1.png"], ["text"], NameCollisionError, id="suffix"),
        pytest.param(["a/1.jpg", "A/2.jpg"], ["iiif"], NameCollisionError, id="books"),
        pytest.param(["a/1.jpg", "b/1.jpg"], ["text", "csv"], AmbiguousImageError, id="csv"),
    ],
)
def test_collisions_are_refused_before_anything_is_written(
    tmp_path: Path, keys: list[str], formats: list[FormatName], error: type[Exception]
) -> None:
    readings = write_readings(str(tmp_path / "readings"), map(row, keys))

    with pytest.raises(error, match="rename one"):
        export_readings(readings, str(tmp_path / "exports"), formats, base_url=WEB)

    assert not (tmp_path / "exports").exists()


def test_a_failed_page_collides_with_nothing(tmp_path: Path) -> None:
    rows = [row("a/1.jpg"), row("a/1.png", failed=True)]
    readings = write_readings(str(tmp_path / "readings"), rows)

    summary = export_readings(readings, str(tmp_path / "exports"), ["text"])

    assert (summary["pages"], list(summary["failed"])) == (1, ["a/1.png"])


def test_iiif_needs_an_address(readings: str, tmp_path: Path) -> None:
    with pytest.raises(MissingAddressError, match="--base-url"):
        export_readings(readings, str(tmp_path / "exports"), ["iiif"])


def test_exporting_before_reading_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NoReadingsError, match="run kuzushiji recognize first"):
        export_readings(str(tmp_path), str(tmp_path / "exports"), ["text"])


def test_the_command_names_every_format() -> None:
    assert [chosen.value for chosen in Format] == ALL


def test_the_command_prints_a_table_and_names_failed_pages(tmp_path: Path) -> None:
    rows = [*map(row, HOSTILE), row("genji/[/red].jpg", failed=True)]
    readings = write_readings(str(tmp_path / "readings"), rows)
    command = ["export", readings, "--to", str(tmp_path / "exports"), "--format", "text"]

    result = CliRunner().invoke(app, [*command, "--format", "alto"], env={"COLUMNS": "200"})

    assert result.exit_code == 0, result.output
    assert "genji/[/red].jpg: truncated" in result.stdout
    assert "text, alto" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["/no/such/readings"], "/no/such/readings", id="readings"),
        pytest.param(["{readings}", "--format", "iiif"], "--base-url", id="no address"),
        pytest.param(
            ["{readings}", "--format", "iiif", "--base-url", "library.example"],
            "http:// or https://",
            id="address",
        ),
        pytest.param(["{readings}", "--to", "ftp://host/x"], "ftp", id="scheme"),
        pytest.param(["{readings}", "--model", "0" * 64], "no readings of model", id="model"),
    ],
)
def test_what_is_missing_is_one_sentence(
    readings: str, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    filled = [argument.format(readings=readings) for argument in arguments]
    base = ["export", "--to", str(tmp_path / "exports"), "--format", "text"]

    result = CliRunner().invoke(app, [*base, *filled])

    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output


def test_markup_in_names_is_text_in_prefect_s_table() -> None:
    failed = {f"<img src=x onerror=alert(1)>|{number}.jpg": "truncated" for number in range(7)}
    summary = ExportSummary("in", "out", MODEL, ["alto"], 1, 1, 0, failed, 0, 1.0)

    markdown = summary.to_markdown()

    assert "<img" not in markdown
    assert "&#124;0.jpg" in markdown
    assert "2 more" in markdown
