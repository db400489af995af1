"""Reports which installed fonts can write a set of characters."""

from collections.abc import Sequence
from pathlib import Path

from model.synthesis.atlas import build_atlas
from model.synthesis.corpus import DEFAULT_TEXT, Corpus
from model.synthesis.coverage import Coverage, coverage
from tasks.training_sources import chosen_fonts, read_counts

HEADINGS = ("font", "drawn as", "classes", "of the text", "licence")
REPORT_SIZE = 16  # pixels per em: enough to tell a glyph from a blank


def report_fonts(folders: Sequence[Path], characters: Path | None = None) -> Coverage:
    """Find out what the fonts of some folders can write.

    Args:
        folders: where to look for fonts; none looks in the system's folder.
        characters: CSV of code points and counts; none asks for the classical texts' characters.

    Raises:
        FileNotFoundError: if no font is found.
        ValueError: if the table does not have its columns, or nothing can be drawn.
    """
    counts = read_counts(characters) if characters else Corpus(DEFAULT_TEXT).counts
    fonts = chosen_fonts(folders)
    return coverage(build_atlas(fonts, list(counts), size=REPORT_SIZE), fonts, counts)


def coverage_to_rows(found: Coverage) -> list[tuple[str, ...]]:
    """Give one row for each font and a last one for all together, under `HEADINGS`."""
    rows = [
        (part.font, part.style, str(part.classes), f"{part.share:.1%}", part.licence)
        for part in found.fonts
    ]
    covered = found.classes - len(found.uncovered)
    return [*rows, ("all", "", f"{covered} of {found.classes}", f"{found.share:.1%}", "")]


def uncovered_sentence(found: Coverage) -> str:
    """Name the characters that synthesis cannot teach."""
    if not found.uncovered:
        return "Every class has a glyph."
    names = ", ".join(f"{chr(codepoint)} U+{codepoint:04X}" for codepoint in found.uncovered)
    return f"Without a glyph, so that synthesis cannot teach them: {names}."
