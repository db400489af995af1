"""One character written as text."""

import unicodedata


def text_to_codepoint(text: str) -> int:
    """Read the only character of a text.

    A kana followed by a combining voicing mark is one character: the composed one, where there is
    one. Nothing else is normalized, so that no variant of a kanji is lost.

    Raises:
        ValueError: if the text is not one character.
    """
    composed = text if len(text) == 1 else unicodedata.normalize("NFC", text)
    if len(composed) != 1:
        raise ValueError(f"a box must hold one character, got {text[:20]!r}")
    return ord(composed)
