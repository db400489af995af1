"""The evaluation report: its numbers, and a page that shows whatever names as text."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import html
from PIL import Image

from model.characters import Labels, PageReading
from tasks.challenge import write_labels
from tasks.evaluation import evaluate
from tasks.object_store import ObjectStore, StoreError, open_store
from tasks.page_row import PageRow, PageTimings
from tasks.readings import write_part
from tasks.report.build import ReportLocationError, split_report_location, write_report
from tasks.report.figures import report_figures
from tasks.report.page import render_report
from tasks.report.pictures import Pictures
from tasks.report.scored_pages import score_pages
from tasks.scans import Scan, list_scans

NO, HA, HENTAIGANA = 0x306E, 0x306F, 0x1B019
DIGEST = "1" * 64
HOSTILE = '<img src=x onerror="alert(1)">'

write = write_report.fn  # the function behind the task: no server is needed to call it


def labels_of(*codepoints: int) -> Labels:
    """Characters of 20 pixels, one below the other."""
    boxes = [(100, 30 * row, 20, 20) for row in range(len(codepoints))]
    return Labels(
        np.array(boxes, np.float32).reshape(-1, 4), np.array(codepoints, np.int32).reshape(-1)
    )


def reading_of(*codepoints: int, score: float = 0.75) -> PageReading:
    """A reading of those characters at the places where `labels_of` puts them."""
    labels = labels_of(*codepoints)
    return PageReading(
        labels.boxes_N4,
        np.full(len(labels), score, np.float32),
        labels.codepoints_N[:, None],
        np.ones((len(labels), 1), np.float32),
    )


def row_of(scan: Scan | str, reading: PageReading | None) -> PageRow:
    """A page of 200 x 300 pixels as a run would have left it."""
    failed = reading is None
    return PageRow(
        scan=scan if isinstance(scan, Scan) else Scan(scan, 1, "etag"),
        width=None if failed else 200,
        height=None if failed else 300,
        model_digest=DIGEST,
        reading=reading,
        error_kind="truncated" if failed else None,
        error_message="the image ends early" if failed else None,
        timings=PageTimings(fetch=0.5, decode=0.25, forward=2.0),
        read_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


LABELS = {
    "a_1": labels_of(NO, HA, NO),
    "a_2": labels_of(NO),
    "b_1": labels_of(HENTAIGANA, NO),
    "b_2": labels_of(HA),
    "b_3": Labels.empty(),
}
ROWS = [
    row_of("a/a_1.jpg", reading_of(NO, NO, NO)),
    row_of("a/a_2.jpg", reading_of(NO, HA)),
    row_of("b/b_1.jpg", None),
    row_of("b/b_3.jpg", PageReading.empty()),
    row_of("c/c_1.jpg", reading_of(NO)),
]


def figures_of(labels: dict[str, Labels], rows: list[PageRow]) -> dict[str, Any]:
    return report_figures(score_pages(labels, rows), rows)


def rendered(labels: dict[str, Labels], rows: list[PageRow]) -> str:
    """The report without pictures."""
    pages = {page.image_id: page for page in score_pages(labels, rows)}
    figures = report_figures(list(pages.values()), rows)
    figures["about"] = {"readings": HOSTILE}
    return render_report(figures, pages, Pictures())


def leave_readings(output: ObjectStore, rows: list[PageRow]) -> None:
    """Leave readings as a run would."""
    write_part(output, rows)
    output.put(f"models/{DIGEST[:12]}/model_card.json", json.dumps({"digest": DIGEST}).encode())


def jpeg() -> bytes:
    file = BytesIO()
    Image.new("RGB", (200, 300), "beige").save(file, "JPEG")
    return file.getvalue()


def test_the_report_scores_what_the_evaluation_scores() -> None:
    evaluation = evaluate(LABELS, {row.scan.key: row.reading for row in ROWS})

    figures = figures_of(LABELS, ROWS)

    for scores, score in [
        (figures["overall"], evaluation.overall),
        *zip(figures["books"], evaluation.books.values(), strict=True),
    ]:
        counts = score.characters
        assert (scores["tp"], scores["fp"], scores["fn"]) == (counts.tp, counts.fp, counts.fn)
        assert (scores["f1"], scores["detection_f1"]) == (counts.f1, score.detection.f1)
        assert scores["pages"] == score.pages


def test_every_labelled_page_is_accounted_for() -> None:
    assert figures_of(LABELS, ROWS)["coverage"] == {
        "labelled": 5,
        "read": 3,
        "failed": ["b/b_1.jpg"],
        "missing": ["b_2"],
        "unlabelled": 1,
    }


def test_groups_of_characters_add_up_to_all_of_them() -> None:
    figures = figures_of(LABELS, ROWS)

    for group in ("by_frequency", "by_size"):
        for count in ("tp", "fp", "fn"):
            assert sum(row[count] for row in figures[group]) == figures["overall"][count]
    assert sum(row["classes"] for row in figures["by_frequency"]) == 3


def test_a_character_read_that_no_label_holds_is_grouped_under_never() -> None:
    figures = figures_of({"a_1": labels_of(NO)}, [row_of("a_1.jpg", reading_of(HA))])

    never = figures["by_frequency"][0]
    assert (never["from"], never["to"], never["tp"], never["fp"], never["fn"]) == (0, 0, 0, 1, 0)


def test_confused_characters_are_counted_with_their_places() -> None:
    assert figures_of(LABELS, ROWS)["confusions"] == [
        {
            "truth": "U+306F",
            "read": "U+306E",
            "count": 1,
            "examples": [{"page": "a_1", "box": [100, 30, 20, 20]}],
        }
    ]


def test_the_reliability_is_that_of_the_scores() -> None:
    measured = figures_of(LABELS, ROWS)["reliability"]
    bins = measured["bins"]
    assert 0 < measured["ece_by_chance"] < 1

    assert [(one["count"], one["accuracy"]) for one in bins if one["count"]] == [
        (5, pytest.approx(3 / 5))
    ]


def test_the_worst_pages_come_first_and_pages_without_errors_not_at_all() -> None:
    worst = figures_of(LABELS, ROWS)["worst_pages"]

    assert [page["page"] for page in worst] == ["b_1", "b_2", "a_1", "a_2"]


def test_the_speed_is_that_of_pages_that_were_read() -> None:
    speed = figures_of(LABELS, ROWS)["speed"]

    assert speed["pages"] == 4
    assert speed["seconds"]["forward"] == {"mean": 2.0, "median": 2.0, "p95": 2.0}


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ({}, []),
        ({}, ROWS),
        ({"b_3": Labels.empty()}, []),
        ({"b_3": Labels.empty()}, [row_of("b_3.jpg", PageReading.empty())]),
        ({"a_1": labels_of(NO)}, [row_of("a_1.jpg", None)]),
        ({"a_1": labels_of(NO)}, [row_of("a_1.jpg", reading_of(NO))]),
        (LABELS, ROWS),
    ],
)
def test_any_archive_has_numbers_and_a_page(labels: dict[str, Labels], rows: list[PageRow]) -> None:
    figures = figures_of(labels, rows)
    page = html.document_fromstring(rendered(labels, rows))

    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert page.findtext(".//h1") == "Evaluation report"
    assert len(page.findall(".//figure")) == len(figures["worst_pages"])


def test_the_page_shows_the_numbers() -> None:
    text = html.document_fromstring(rendered(LABELS, ROWS)).text_content()

    assert "3 of 5 labelled pages were read, 1 failed, 1 missing" in text
    assert f"{figures_of(LABELS, ROWS)['overall']['f1']:.4f}" in text
    assert "U+306F → U+306E" in text


def test_books_have_the_ranges_of_all_their_figures() -> None:
    labels = {"a_1": labels_of(NO, HA), "a_2": labels_of(NO, NO), "b_1": labels_of(NO)}
    rows = [row_of(f"{name}.jpg", reading_of(NO, HA)) for name in labels]

    many, one = figures_of(labels, rows)["books"]
    page = html.document_fromstring(rendered(labels, rows))

    shown = [small.text for small in page.findall(".//td/small")]
    ranges = [many["intervals"][name] for name in ("f1", "precision", "recall")]
    assert shown == [f"{one['low']:.3f} to {one['high']:.3f}" for one in ranges]
    assert one["intervals"] is None


def test_a_repeat_mark_that_fonts_leave_blank_is_drawn_as_a_tall_kana() -> None:
    mark = 0x3031
    page = html.document_fromstring(
        rendered({"a_1": labels_of(mark, NO)}, [row_of("a_1.jpg", reading_of(NO, mark))])
    )

    glyphs = [node.text_content() for node in page.xpath("//*[@class='glyphs']")]
    assert set(glyphs) == {"の→く", "く→の"}
    assert len(page.xpath("//*[@class='tall']")) == 2
    assert "U+3031 → U+306E" in page.text_content()


def test_names_are_text_whatever_they_hold() -> None:
    name = f"{HOSTILE}_1"
    labels = {name: labels_of(ord("<"), NO), '"onload=1_2': labels_of(NO)}
    rows = [row_of(f"{name}.jpg", reading_of(ord("&"), NO))]

    page = html.document_fromstring(rendered(labels, rows))

    assert page.findall(".//img") == []
    assert page.findall(".//script") == []
    assert not [key for element in page.iter() for key in element.attrib if key.startswith("on")]
    assert page.findall(".//figcaption/b")[1].text == name
    assert page.findtext(".//td[@class='name']") == '"onload=1'


def test_the_page_asks_nobody_for_anything() -> None:
    page = html.document_fromstring(rendered(LABELS, ROWS))

    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
    assert page.xpath("//link | //script | //iframe | //@src[not(starts-with(., 'data:'))]") == []
    assert page.xpath("//*[@href[not(starts-with(., 'data:'))]]") == []
    assert "url(" not in page.findtext(".//style")


def test_pictures_of_pages_and_characters_are_in_the_file(tmp_path: Path) -> None:
    archive = open_store(str(tmp_path / "archive"), create=True)
    output = open_store(str(tmp_path / "output"), create=True)
    for key in ("a/a_1.jpg", "a/a_2.jpg"):
        archive.put(key, jpeg())
    scans = {scan.key: scan for scan in list_scans(archive)}
    leave_readings(output, [row_of(scans[row.scan.key], row.reading) for row in ROWS[:2]])
    (tmp_path / "labels.csv").write_bytes(write_labels(LABELS))
    target = str(tmp_path / "new folder" / "report.html")

    figures = write(output.location, str(tmp_path / "labels.csv"), target, archive.location)

    page = html.parse(target).getroot()
    pictures = page.xpath("//img/@src | //*[local-name()='image']/@href")
    assert len(pictures) == 3  # two pages, one confused character
    assert all(picture.startswith("data:image/jpeg;base64,") for picture in pictures)
    assert json.loads((tmp_path / "new folder" / "report.json").read_text()) == figures


def test_scans_that_are_gone_or_changed_leave_their_pictures_out(tmp_path: Path) -> None:
    archive = open_store(str(tmp_path / "archive"), create=True)
    output = open_store(str(tmp_path / "output"), create=True)
    archive.put("a/a_1.jpg", jpeg())
    leave_readings(output, ROWS[:2])
    (tmp_path / "labels.csv").write_bytes(write_labels(LABELS))
    target = str(tmp_path / "report.html")

    write(output.location, str(tmp_path / "labels.csv"), target, archive.location)

    assert html.parse(target).getroot().xpath("//img | //*[local-name()='image']") == []


def test_readings_labels_scans_and_report_may_lie_in_a_bucket(s3_bucket: str) -> None:
    bucket = open_store(f"s3://{s3_bucket}")
    bucket.put("scans/a/a_1.jpg", jpeg())
    bucket.put("labels.csv", write_labels(LABELS))
    scan = next(list_scans(open_store(f"s3://{s3_bucket}/scans")))
    leave_readings(open_store(f"s3://{s3_bucket}/out"), [row_of(scan, ROWS[0].reading)])

    write(
        f"s3://{s3_bucket}/out",
        f"s3://{s3_bucket}/labels.csv",
        f"s3://{s3_bucket}/out/report.html",
        f"s3://{s3_bucket}/scans",
    )

    assert b"data:image/jpeg" in bucket.get("out/report.html")
    assert json.loads(bucket.get("out/report.json"))["overall"]["tp"] == 2


@pytest.mark.parametrize(
    ("to", "split"),
    [
        ("report.html", (".", "report")),
        ("/report.html", ("/", "report")),
        ("a/b.c.html", ("a", "b.c")),
        ("s3://bucket/x/r.html", ("s3://bucket/x", "r")),
    ],
)
def test_a_report_s_location_is_split(to: str, split: tuple[str, str]) -> None:
    assert split_report_location(to) == split


@pytest.mark.parametrize("to", ["", "report", "report.pdf", "folder/", ".html", "a/.html"])
def test_a_report_that_is_no_html_file_is_refused(to: str) -> None:
    with pytest.raises(ReportLocationError, match=r"ends in \.html, got"):
        split_report_location(to)


def test_scans_that_lie_nowhere_are_an_error_before_anything_is_written(tmp_path: Path) -> None:
    output = open_store(str(tmp_path), create=True)
    leave_readings(output, ROWS)
    (tmp_path / "labels.csv").write_bytes(write_labels(LABELS))
    target = tmp_path / "report.html"

    with pytest.raises(StoreError, match="nowhere"):
        write(str(tmp_path), str(tmp_path / "labels.csv"), str(target), str(tmp_path / "nowhere"))

    assert not target.exists()
