"""What an export did: counts, terminal and Markdown tables."""

from dataclasses import asdict, dataclass
from html import escape
from typing import Any

_FAILURES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """Counts of one export.

    Attributes:
        readings: location of the readings.
        destination: location of the files.
        model: digest of the model that read the pages.
        formats: names of the formats.
        pages: pages that were read and have their files.
        written: files written.
        kept: files that were there and newer than their readings.
        failed: keys of the pages that could not be read and have no file, with the kind of error.
        replaced: characters that no file can hold and that became U+FFFD.
        seconds: duration.
    """

    readings: str
    destination: str
    model: str
    formats: list[str]
    pages: int
    written: int
    kept: int
    failed: dict[str, str]
    replaced: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str]]:
        """Return the lines of the closing table."""
        shown = [f"{key}: {kind}" for key, kind in self.failed.items()][:_FAILURES_SHOWN]
        others = [f"{len(self.failed) - len(shown)} more"] if len(shown) < len(self.failed) else []
        failures = f" ({', '.join(shown + others)})" if shown else ""
        return [
            ("readings", self.readings),
            ("model", self.model[:12]),
            ("formats", ", ".join(self.formats)),
            ("pages", f"{self.pages} in {self.seconds:.1f} s"),
            ("files written", str(self.written)),
            ("files left", f"{self.kept} (newer than their readings)" if self.kept else "0"),
            ("not readable", f"{len(self.failed)}{failures}"),
            ("replaced by U+FFFD", f"{self.replaced} characters"),
            ("exports", self.destination),
        ]

    def to_markdown(self) -> str:
        """Return the closing table for Prefect's page of artifacts."""
        lines = [f"| {name} | {_cell(value)} |" for name, value in self.rows()]
        return "\n".join(["| export | |", "|---|---|", *lines])


def _cell(text: str) -> str:
    return escape(text).replace("|", "&#124;").replace("\n", " ")
