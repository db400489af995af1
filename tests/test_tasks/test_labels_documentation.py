"""Every example in docs/labels.md is read as the text around it says."""

import re
from pathlib import Path

import pytest

from tasks.label_findings import RULES
from tasks.label_sources import KINDS, open_labels
from tasks.object_store import open_store

TEXT = (Path(__file__).parents[2] / "docs" / "labels.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))


def example(kind: str) -> str:
    [block] = re.findall(r"```(?:csv|json|xml)\n(.*?)```", SECTIONS[kind], re.DOTALL)
    return str(block)


@pytest.mark.parametrize(
    ("kind", "file", "scans", "characters"),
    [
        ("kaggle", "train.csv", ["images/100241706_00004_2.jpg", "images/umgy003-010.jpg"], "の他"),
        (
            "codh",
            "100241706/100241706_coordinate.csv",
            ["100241706/images/100241706_00004_2.jpg"],
            "の",
        ),
        ("corrected", "corrections.jsonl", ["genji/001.jpg", "genji/002.jpg"], "あ"),
        ("coco", "coco.json", ["genji/001.jpg"], "\U0001b002"),
        ("alto", "001.xml", ["genji/001.jpg"], "の"),
        ("page", "001.xml", ["genji/001.jpg"], "の"),
    ],
)
def test_an_example_is_read(
    tmp_path: Path, kind: str, file: str, scans: list[str], characters: str
) -> None:
    store = open_store(str(tmp_path))
    store.put(file, example(kind).encode())
    for key in scans:
        store.put(key, b"")

    archive = open_labels(kind, str(tmp_path))

    codepoints = [c for _, labels in archive.pages for c in labels.codepoints_N.tolist()]
    assert "".join(map(chr, codepoints)) == characters
    assert archive.pages[0][1].boxes_N4[0].tolist() == [1200, 3400, 130, 60]
    assert len(archive.pages) == len(scans)


def test_every_kind_and_every_rule_is_told() -> None:
    assert all(f"| `{kind}` |" in TEXT for kind in KINDS)
    assert all(f"| {rule} |" in TEXT for rule in RULES)
