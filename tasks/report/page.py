"""Renders the report as one HTML file without a single outside request."""

from collections.abc import Mapping
from importlib import resources

from jinja2 import Environment, StrictUndefined

from model.characters import label_to_codepoint
from model.synthesis.kana import REPEAT_MARKS
from tasks.report.figures import Figures
from tasks.report.pictures import Pictures, page_marks, page_size
from tasks.report.scored_pages import ScoredPage

TEMPLATE = "report.html.jinja"
MARK_KINDS = {
    "right": "read right",
    "wrong": "found, read wrong",
    "missed": "not found",
    "false": "nothing there",
}
# Most fonts have the long repeat marks, but draw nothing where the line is horizontal.
TALL = {chr(mark): chr(kana) for mark, kana in REPEAT_MARKS.items()}


def render_report(figures: Figures, pages: Mapping[str, ScoredPage], pictures: Pictures) -> str:
    """Write the report.

    Names of pages and books, and characters, are data: whatever they hold shows as text.

    Args:
        figures: what `tasks.report.figures.report_figures` computed, and ``about``: strings that
            say what was compared.
        pages: the labelled pages by image id, for the overlays.
        pictures: of the scans, possibly none.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["character"] = lambda label: chr(label_to_codepoint(label))
    template = resources.files("tasks.report").joinpath(TEMPLATE).read_text("utf-8")
    worst = [pages[page["page"]] for page in figures["worst_pages"]]
    return environment.from_string(template).render(
        figures=figures,
        pictures=pictures,
        kinds=MARK_KINDS,
        tall=TALL,
        sizes={page.image_id: page_size(page) for page in worst},
        marks={page.image_id: page_marks(page) for page in worst},
    )
