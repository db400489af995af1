"""The README and its Japanese twin tell the same, and what they link to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TWINS = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.ja.md")}
DOCUMENTS = [*TWINS, "CONTRIBUTING.md", "CHANGELOG.md"]
DOCUMENTS += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))


def blocks_of(text: str) -> list[str]:
    return re.findall(r"^```\w*\n.*?^```$", text, re.MULTILINE | re.DOTALL)


def prose_of(text: str) -> str:
    return re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def links_of(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose_of(text))


def code_of(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", prose_of(text)))


def figures_of(text: str) -> set[str]:
    return set(re.findall(r"[0-9]+\.[0-9]+", text))


def heading_to_anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_each_readme_leads_to_its_twin() -> None:
    beginnings = {name: links_of(text)[0] for name, text in TWINS.items()}

    assert beginnings == {"README.md": "README.ja.md", "README.ja.md": "README.md"}


def test_both_readmes_have_the_same_blocks_links_and_pictures() -> None:
    english, japanese = TWINS.values()

    assert blocks_of(english) == blocks_of(japanese)
    assert len(blocks_of(english)) > 1
    assert sorted(links_of(english)[1:]) == sorted(links_of(japanese)[1:])


def test_both_readmes_have_the_same_commands_and_figures() -> None:
    english, japanese = (
        {code for code in code_of(text) if code.startswith(("kuzushiji ", "make ", "--", ".venv"))}
        for text in TWINS.values()
    )

    assert english == japanese
    assert figures_of(TWINS["README.md"]) == figures_of(TWINS["README.ja.md"])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_links_to_is_there(document: str) -> None:
    path = ROOT / document
    missing = []

    for link in links_of(path.read_text("utf-8")):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        found = path.parent / target if target else path
        if not found.exists():
            missing.append(link)
        elif anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
            if anchor not in map(heading_to_anchor, headings):
                missing.append(link)

    assert missing == []
