"""Which other forms old hands write for a kanji: the one before a reform, or a simplified one."""

from importlib import resources

# Character -> its older forms, its forms simplified in China; `kanji_forms.txt` names its source.
_FORMS = {
    kanji: (older, simplified)
    for kanji, older, simplified in (
        line.split("\t")
        for line in resources.files("model.synthesis")
        .joinpath("kanji_forms.txt")
        .read_text("utf-8")
        .splitlines()
        if not line.startswith("#")
    )
}


def older_forms(codepoint: int) -> list[int]:
    """List what stood for a kanji before the reforms of the twentieth century: 氣 for 気."""
    return list(map(ord, _FORMS.get(chr(codepoint), ("", ""))[0]))


def simplified_forms(codepoint: int) -> list[int]:
    """List what China simplified a kanji to, often its cursive form in block script: 时 for 時."""
    return list(map(ord, _FORMS.get(chr(codepoint), ("", ""))[1]))
