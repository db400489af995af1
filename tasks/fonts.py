"""Finds installed fonts, stroke orders and photographed glyphs to synthesize pages from."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model.synthesis.atlas import GlyphSource
from model.synthesis.brush import HANDS, BrushSource, Strokes
from model.synthesis.fonts import FontSource, StrokeSet, Style

SYSTEM_FOLDER = Path("/usr/share/fonts")
WAIVED = "copyright waived by its author"
IPA = "IPA Font License 1.0"
OFL = "OFL-1.1"
ARPHIC = "Arphic Public License"
HANAZONO = "Hanazono Font License or OFL-1.1"

# File name -> how the font is called, the styles it serves, its licence.
KNOWN: dict[str, tuple[str, tuple[Style, ...], str]] = {
    "KouzanBrushFontSousyo.ttf": ("Kouzan Sousyo", ("cursive",), WAIVED),
    "kouzan-mouhitsu-gyosho.ttf": ("Kouzan Gyousyo", ("semicursive",), WAIVED),
    "kouzan-mouhitsu.ttf": ("Kouzan Mouhitsu", ("brush",), WAIVED),
    "aoyagi-soseki.ttf": ("Aoyagi Soseki", ("semicursive",), WAIVED),
    "AoyagiKouzanT.ttf": ("Aoyagi Kouzan T", ("brush",), WAIVED),
    "YujiHentaiganaAkari-Regular.ttf": ("Yuji Hentaigana Akari", ("hentaigana",), OFL),
    "YujiHentaiganaAkebono-Regular.ttf": ("Yuji Hentaigana Akebono", ("hentaigana",), OFL),
    # The part of the web fonts that holds the kana; their kanji are block script, seldom printed.
    "yuji-boku-119-400-normal.woff2": ("Yuji Boku", ("brush",), OFL),
    "yuji-mai-119-400-normal.woff2": ("Yuji Mai", ("brush",), OFL),
    "yuji-syuku-119-400-normal.woff2": ("Yuji Syuku", ("brush",), OFL),
    # Chinese hands: no kana, but the kanji that print as in Japan, in further cursive forms.
    "LiuJianMaoCao_400Regular.ttf": ("Liu Jian Mao Cao", ("cursive",), OFL),
    "ZhiMangXing_400Regular.ttf": ("Zhi Mang Xing", ("semicursive",), OFL),
    "MaShanZheng_400Regular.ttf": ("Ma Shan Zheng", ("brush",), OFL),
    "ipamjm.ttf": ("IPAmj Mincho", ("hentaigana", "print"), IPA),
    "HanaMinA.ttf": ("Hanazono Mincho A", ("print",), HANAZONO),
    "HanaMinB.ttf": ("Hanazono Mincho B", ("print",), HANAZONO),
}
# What lies beside the stroke orders of npm's hanzi-writer-data, one JSON file for each kanji.
STROKE_ORDERS = "ARPHICPL.TXT"
# From its units, 1,024 an em with y upwards from the base line, to ems with y downwards.
FLIP = np.array([1, -1], np.float32) / 1024
BASE_LINE = np.array([0, 900], np.float32) / 1024
# KMNIST's ten classes in the order of its labels.
KMNIST_KANA = "おきすつなはまやれを"
STROKES_PER_KANA = 400  # variety saturates long before the test split's 1,000

logger = logging.getLogger(__name__)


def load_fonts(directories: Sequence[Path]) -> list[GlyphSource]:
    """Read the known fonts below some directories, each once, and the stroke orders of kanji.

    Args:
        directories: folders to search, such as `SYSTEM_FOLDER`.

    Returns:
        The fonts found, in the order of `KNOWN`; a font that serves two styles comes twice. After
        them, where there are stroke orders, each hand that writes by them.

    Raises:
        FileNotFoundError: if none is found.
        ValueError: if a kanji's strokes cannot be read.
    """
    names = {*KNOWN, STROKE_ORDERS}
    found = (path for folder in directories for path in sorted(folder.rglob("*")))
    files = {path.name: path for path in found if path.name in names}
    fonts: list[GlyphSource] = [
        source for name in KNOWN if name in files for source in _read_font(files[name])
    ]
    if not fonts:
        searched = ", ".join(map(str, directories))
        raise FileNotFoundError(
            f"directories must hold a font for synthesis, found none below {searched}; "
            "run infra/install-fonts.sh"
        )
    missing = [name for name in KNOWN if name not in files]
    if missing:
        logger.info("synthesis goes without the fonts %s", ", ".join(missing))
    if STROKE_ORDERS in files:
        kanji = _read_stroke_orders(files[STROKE_ORDERS].parent)
        fonts += [
            BrushSource(f"{name}'s brush by stroke order", kanji, hand, ARPHIC)
            for name, hand in HANDS.items()
        ]
    return fonts


def _read_stroke_orders(folder: Path) -> dict[int, Strokes]:
    return {ord(path.stem): _read_strokes(path) for path in sorted(folder.glob("?.json"))}


def _read_strokes(path: Path) -> Strokes:
    """Read the centre lines of a kanji's strokes, in ems."""
    try:
        lines = [np.array(line) for line in json.loads(path.read_bytes())["medians"]]
        return [(line_N2 * FLIP + BASE_LINE).astype(np.float32) for line_N2 in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must hold a kanji's strokes with their medians: {error}"
        ) from None


def _read_font(path: Path) -> Iterator[FontSource]:
    name, styles, licence = KNOWN[path.name]
    data = path.read_bytes()
    for style in styles:
        yield FontSource(name, data, style, licence)


def load_kmnist(folder: Path) -> list[StrokeSet]:
    """Read KMNIST's photographed kana, at most 400 of each.

    Args:
        folder: holds `kmnist-test-imgs.npz` and `kmnist-test-labels.npz`.

    Raises:
        FileNotFoundError: if a file is missing.
    """
    with (
        np.load(folder / "kmnist-test-imgs.npz", allow_pickle=False) as images,
        np.load(folder / "kmnist-test-labels.npz", allow_pickle=False) as labels,
    ):
        images_NHW, labels_N = images["arr_0"], labels["arr_0"]
    return [
        StrokeSet(ord(kana), images_NHW[labels_N == digit][:STROKES_PER_KANA])
        for digit, kana in enumerate(KMNIST_KANA)
    ]
