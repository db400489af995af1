"""Exports are labels: who corrects one by hand can train on it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from export_samples import page_of, reading_of

from tasks.exports.alto import page_to_alto
from tasks.exports.coco import Coco
from tasks.exports.page import ExportPage
from tasks.exports.page_xml import page_to_page_xml
from tasks.label_sources import open_labels

KEY = "genji/genji_00001.jpg"
CODEPOINTS = [0x3042, 0x1B002, 0x4E00, 0xF0000, *range(0x3044, 0x3060)]


def page_to_coco(page: ExportPage) -> bytes:
    collected = Coco()
    collected.add(page)
    ((_, content),) = collected.files()
    return content


@pytest.mark.parametrize(
    ("kind", "write", "name", "pixels"),
    [
        pytest.param("alto", page_to_alto, "genji_00001.xml", 0.01, id="alto"),
        pytest.param("page", page_to_page_xml, "genji_00001.xml", 1, id="page"),
        pytest.param("coco", page_to_coco, "annotations.json", 0.01, id="coco"),
    ],
)
def test_an_export_is_read_as_labels(
    tmp_path: Path, kind: str, write: Callable[[ExportPage], bytes], name: str, pixels: float
) -> None:
    reading = reading_of(CODEPOINTS)
    (tmp_path / "archive/genji").mkdir(parents=True)
    (tmp_path / "archive" / KEY).touch()
    (tmp_path / name).write_bytes(write(page_of(reading, KEY)))

    ((scan, labels),) = open_labels(kind, str(tmp_path)).pages

    assert scan.key == KEY
    assert labels.codepoints_N.tolist() == CODEPOINTS
    assert np.abs(labels.boxes_N4 - reading.boxes_N4).max() <= pixels
