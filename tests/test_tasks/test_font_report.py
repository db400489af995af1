"""``kuzushiji fonts``: every font with its licence, every class that no font can write."""

from pathlib import Path

from typer.testing import CliRunner

from flows.cli import app

FONTS = Path(__file__).parents[1] / "data" / "fonts"


def test_the_report_names_fonts_licences_and_missing_classes(tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("unicode,count\nU+306E,3\nU+1F600,1\n")
    command = ["fonts", "--fonts", str(FONTS), "--characters", str(table)]

    result = CliRunner().invoke(app, command, env={"COLUMNS": "200"})

    assert result.exit_code == 0
    assert "Kouzan Sousyo" in result.stdout
    assert "waived" in result.stdout
    assert "1 of 2" in result.stdout
    assert "75.0%" in result.stdout
    assert "U+1F600" in result.stdout


def test_nothing_missing_is_said_too(tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("unicode,count\nU+306E,3\n")

    result = CliRunner().invoke(app, ["fonts", "--fonts", str(FONTS), "--characters", str(table)])

    assert "Every class has a glyph." in result.stdout


def test_a_table_of_another_kind_is_one_sentence(tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("letter,number\nの,3\n")

    result = CliRunner().invoke(app, ["fonts", "--fonts", str(FONTS), "--characters", str(table)])

    assert result.exit_code == 2
    assert "unicode" in result.stderr
    assert "Traceback" not in result.output
