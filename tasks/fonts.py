"""Finds installed fonts and photographed glyphs to synthesize pages from."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model.synthesis.fonts import FontSource, StrokeSet, Style

SYSTEM_FOLDER = Path("/usr/share/fonts")
WAIVED = "copyright waived by its author"
IPA = "IPA Font License 1.0"
OFL = "OFL-1.1"
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
# KMNIST's ten classes in the order of its labels.
KMNIST_KANA = "おきすつなはまやれを"
STROKES_PER_KANA = 400  # variety saturates long before the test split's 1,000

logger = logging.getLogger(__name__)


def load_fonts(directories: Sequence[Path]) -> list[FontSource]:
    """Read the known fonts below some directories, each once.

    Args:
        directories: folders to search, such as `SYSTEM_FOLDER`.

    Returns:
        The fonts found, in the order of `KNOWN`; a font that serves two styles comes twice.

    Raises:
        FileNotFoundError: if none is found.
    """
    found = (path for folder in directories for path in sorted(folder.rglob("*")))
    files = {path.name: path for path in found if path.name in KNOWN}
    fonts = [source for name in KNOWN if name in files for source in _read_font(files[name])]
    if not fonts:
        searched = ", ".join(map(str, directories))
        raise FileNotFoundError(
            f"directories must hold a font for synthesis, found none below {searched}; "
            "run infra/install-fonts.sh"
        )
    missing = [name for name in KNOWN if name not in files]
    if missing:
        logger.info("synthesis goes without the fonts %s", ", ".join(missing))
    return fonts


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
