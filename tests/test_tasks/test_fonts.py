"""Fonts and photographed kana are found by their file names, with style and licence."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from model.synthesis.brush import HANDS, BrushSource
from tasks.fonts import KMNIST_KANA, load_fonts, load_kmnist

FONT = Path(__file__).parents[1] / "data" / "fonts" / "KouzanBrushFontSousyo.ttf"


def test_a_known_font_comes_with_its_style_and_licence() -> None:
    (font,) = load_fonts([FONT.parent])

    assert (font.name, font.style) == ("Kouzan Sousyo", "cursive")
    assert "waived" in font.licence
    assert font.data == FONT.read_bytes()


def test_a_font_is_loaded_once_however_often_it_is_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    shutil.copy(FONT, tmp_path / "deep")

    fonts = load_fonts([FONT.parent, tmp_path, tmp_path])

    assert len(fonts) == 1


def test_a_font_that_serves_two_styles_comes_twice(tmp_path: Path) -> None:
    (tmp_path / "ipamjm.ttf").write_bytes(b"font")

    styles = [font.style for font in load_fonts([tmp_path])]

    assert styles == ["hentaigana", "print"]


def test_finding_no_font_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "Unknown.ttf").write_bytes(b"font")

    with pytest.raises(FileNotFoundError, match=r"install-fonts\.sh"):
        load_fonts([tmp_path])


def test_kmnist_is_sorted_by_kana_and_bounded(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(10), 500)
    images = np.broadcast_to(labels[:, None, None], (5000, 28, 28)).astype(np.uint8)
    np.savez(tmp_path / "kmnist-test-imgs.npz", images)
    np.savez(tmp_path / "kmnist-test-labels.npz", labels)

    sets = load_kmnist(tmp_path)

    assert "".join(chr(strokes.codepoint) for strokes in sets) == KMNIST_KANA
    assert [strokes.images_NHW.shape for strokes in sets] == [(400, 28, 28)] * 10
    assert [int(strokes.images_NHW.max()) for strokes in sets] == list(range(10))


def test_stroke_orders_give_one_source_for_each_hand(tmp_path: Path) -> None:
    (tmp_path / "ARPHICPL.TXT").write_text("licence")
    medians = {"strokes": ["M 0 0"], "medians": [[[0, 900], [1024, -124]]]}
    (tmp_path / "一.json").write_text(json.dumps(medians))

    _, *brushes = load_fonts([FONT.parent, tmp_path])

    assert {brush.style for brush in brushes} == {"written"}
    assert [brush.name.split("'")[0] for brush in brushes] == list(HANDS)
    assert isinstance(brushes[0], BrushSource)
    assert brushes[0].kanji[ord("一")][0].tolist() == [[0, 0], [1, 1]]


def test_strokes_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    shutil.copy(FONT, tmp_path)
    (tmp_path / "ARPHICPL.TXT").write_text("licence")
    (tmp_path / "一.json").write_text("{}")

    with pytest.raises(ValueError, match=r"一\.json must hold a kanji's strokes"):
        load_fonts([tmp_path])
