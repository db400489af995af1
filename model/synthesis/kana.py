"""Which glyphs may stand for a kana: hentaigana, mother kanji (jibo), voicing marks."""

import unicodedata

HIRAGANA = range(0x3041, 0x3097)
HENTAIGANA = range(0x1B002, 0x1B11F)
DAKUTEN = "\u3099"
HANDAKUTEN = "\u309a"

FIRST_KANJI = 0x3400

# The kanji whose cursive form is written for a kana; the common ones of woodblock prints, after
# the list of hentaigana in Unicode, without those that print mostly uses as themselves (三, 日).
MOTHER_KANJI = {
    "あ": "安阿悪", "い": "以伊意", "う": "宇有", "え": "衣江", "お": "於", "か": "可加閑賀",
    "き": "幾起支喜", "く": "久具", "け": "計希遣気", "こ": "己古", "さ": "左佐", "し": "之志",
    "す": "寸須春", "せ": "世勢", "そ": "曽所楚", "た": "太多堂", "ち": "知地", "つ": "川徒津都",
    "て": "天帝", "と": "止登", "な": "奈那", "に": "爾仁耳丹尓", "ぬ": "奴怒", "ね": "祢年",
    "の": "乃能", "は": "者八盤波", "ひ": "比飛", "ふ": "不布婦", "へ": "部遍", "ほ": "保本",
    "ま": "末満万", "み": "美見", "む": "武無", "め": "女免", "も": "毛茂裳", "や": "也屋",
    "ゆ": "由遊", "よ": "与", "ら": "良羅", "り": "利里", "る": "留流類累", "れ": "礼連",
    "ろ": "呂路", "わ": "和王", "ゐ": "為井", "ゑ": "恵", "を": "遠越乎", "ん": "无",
}  # fmt: skip

# The long repeat marks look like a tall く.
REPEAT_MARKS = {ord("〱"): ord("く"), ord("〲"): ord("ぐ")}


def is_kana(codepoint: int) -> bool:
    """Tell whether a code point is a hiragana syllable, voiced or not."""
    return codepoint in HIRAGANA


def hentaigana_to_kana(codepoint: int) -> int:
    """Give the modern kana of a hentaigana from its Unicode name, U+1B002 (A-1) -> あ.

    Raises:
        ValueError: if the code point is no hentaigana.
    """
    if codepoint not in HENTAIGANA:
        raise ValueError(f"codepoint must lie in U+1B002-1B11E, got U+{codepoint:04X}")
    syllable = unicodedata.name(chr(codepoint)).removeprefix("HENTAIGANA LETTER ").split("-")[0]
    return ord(unicodedata.lookup(f"HIRAGANA LETTER {syllable}"))


def kana_to_hentaigana(codepoint: int) -> list[int]:
    """List the hentaigana whose modern kana this is."""
    return [variant for variant in HENTAIGANA if hentaigana_to_kana(variant) == codepoint]


def split_voicing(codepoint: int) -> tuple[int, str]:
    """Split が into か and the voicing mark; other characters come back with an empty mark."""
    parts = unicodedata.normalize("NFD", chr(codepoint))
    return (ord(parts[0]), parts[1:]) if is_kana(codepoint) else (codepoint, "")
